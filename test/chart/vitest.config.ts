// Tests of the Helm chart that need no cluster: npm run test:chart. They need helm, which is built from its Go module first.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../node_modules/.vite-chart'),
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['build-helm.ts'],
    setupFiles: ['../quiet.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
