// One file for the operator, so that what nobody calls of its packages is left out: a third of the memory. The plugin is a small
// program that loads the rest in pieces: what a command does not need is not even read.
import { chmodSync } from 'node:fs';
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';

const PLUGIN = 'dist/kubectl-proxymode';

const common: RolldownOptions = {
  platform: 'node',
  // ssh2 tries its own compiled cipher code and does without where there is none: Node's crypto does the same.
  external: [/\.node$/, 'cpu-features'],
  // CommonJS packages know where they are by __dirname. The plugin runs on whatever Node the user has, from 20 on.
  transform: { target: 'node20', define: { __dirname: 'import.meta.dirname' } },
  // Of the client's two thousand generated files nobody calls one: a fifth of the bundle, 10 MB of the operator's memory, and
  // most of what a start of the plugin takes.
  treeshake: { moduleSideEffects: (id) => !id.includes('/@kubernetes/client-node/') },
};

/** kubectl finds plugins among the executables on PATH, by a name without an ending. */
const executable: Plugin = { name: 'executable', writeBundle: () => chmodSync(PLUGIN, 0o755) };

export default defineConfig([
  { ...common, input: 'src/main.ts', output: { file: 'dist/main.js', format: 'esm', codeSplitting: false } },
  {
    ...common,
    input: { 'kubectl-proxymode': 'src/cli.ts' },
    plugins: [executable],
    output: {
      dir: 'dist',
      format: 'esm',
      entryFileNames: '[name]',
      // Without a hash: a second build leaves nothing behind.
      chunkFileNames: 'plugin/[name].js',
      cleanDir: false,
      comments: false,
    },
  },
]);
