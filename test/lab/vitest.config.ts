// Tests against the lab: npm run e2e. One file at a time, because all share one cluster.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../node_modules/.vite-lab'),
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    // bringing the lab up from nothing includes building Kubernetes
    hookTimeout: 20 * 60_000,
  },
});
