// Tests on the VM: npm run e2e:vm. Apart from the others, because an emulated processor needs the machine to itself.
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../../node_modules/.vite-vm'),
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 10 * 60_000,
    // bringing the VM up from nothing includes building Kubernetes
    hookTimeout: 20 * 60_000,
  },
});
