// Two projects: `unit` beside the code, `scenarios` for what crosses rooms. test/lab needs root and a kernel of its own: `npm run e2e`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // vitest would leave a core to itself; these files wait for sockets most of the time.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/bench/**/*.test.ts'],
          // Tests of pure code share nothing that could be isolated; one process for all is thirteen times faster.
          isolate: false,
          setupFiles: ['test/quiet.ts'],
          // A limit for what hangs, not for what a busy machine does slowly: some play thousands of small migrations.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'scenarios',
          include: ['test/{scenarios,faults,assess,cli,gitops,docs}/**/*.test.ts'],
          setupFiles: ['test/quiet.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
