// The bridge on this machine's kernel: npm run test:bridge. Needs root, nft and ip; everything happens in network namespaces.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../node_modules/.vite-bridge'),
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
