// One file for the operator and one for the plugin, so that what nobody calls of its packages is left out: a third of the memory.
import { defineConfig } from 'rolldown';

export default defineConfig(
  ['main', 'cli'].map((name) => ({
    input: `src/${name}.ts`,
    platform: 'node',
    // ssh2 tries its own compiled cipher code and does without where there is none: Node's crypto does the same.
    external: [/\.node$/, 'cpu-features'],
    // CommonJS packages know where they are by this.
    transform: { define: { __dirname: 'import.meta.dirname' } },
    output: { file: `dist/${name}.js`, format: 'esm', codeSplitting: false },
  })),
);
