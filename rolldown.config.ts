// One file for the operator and one for the plugin, so that what nobody calls of its packages is left out: a third of the memory.
import { defineConfig, type RolldownOptions } from 'rolldown';

export default defineConfig(
  ['main', 'cli'].map((name): RolldownOptions => ({
    input: `src/${name}.ts`,
    platform: 'node',
    // ssh2 tries its own compiled cipher code and does without where there is none: Node's crypto does the same.
    external: [/\.node$/, 'cpu-features'],
    // CommonJS packages know where they are by __dirname. The plugin runs on whatever Node the user has, from 20 on.
    transform: { target: 'node20', define: { __dirname: 'import.meta.dirname' } },
    output: { file: `dist/${name}.js`, format: 'esm', codeSplitting: false },
  })),
);
