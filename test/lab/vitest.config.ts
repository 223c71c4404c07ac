// Tests against the lab: npm run e2e. Two files at a time, each in a lab of its own (lab.ts): they wait for most of their time.
import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, begins first: otherwise one worker would be left alone with it. */
const LONGEST_FIRST = ['scenarios.test.ts', 'stories.test.ts', 'kills.test.ts', 'chart.test.ts'];

class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST_FIRST.indexOf(basename(moduleId));
      return at === -1 ? LONGEST_FIRST.length : at;
    };
    return files.toSorted((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId, 'en'));
  }
}

export default defineConfig({
  cacheDir: join(import.meta.dirname, '../../node_modules/.vite-lab'),
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    maxWorkers: 2,
    sequence: { sequencer: Sequencer },
    testTimeout: 120_000,
    // bringing the lab up from nothing includes building Kubernetes
    hookTimeout: 20 * 60_000,
  },
});
