#!/usr/bin/env node
// The kubectl plugin: `kubectl proxymode …` runs `kubectl-proxymode …`. Only here the environment is read and the process ended.
import module from 'node:module';
import { basename } from 'node:path';
import { painted, unpainted } from './terminal/paint.ts';
import { EXIT } from './cli/exit-codes.ts';
import { runCommand, runCompletion } from './cli/program.ts';
import type { Terminal } from './cli/terminal.ts';

/** Of a file or a pipe; what is pasted into a ticket should not depend on a window. */
const COLUMNS = 100;
const NARROWEST = 80;
const WIDEST = 140;
const LOWEST = 16;

const { env, stdout, stderr } = process;
const isDumb = env['TERM'] === 'dumb';

// What was parsed once is not parsed again. Node has it since 22.8; without it a start takes longer, that is all.
module.enableCompileCache?.();

const terminal: Terminal = {
  stdout,
  stderr,
  // A window may be resized while a picture is shown.
  get columns() {
    return stdout.isTTY ? Math.min(WIDEST, Math.max(NARROWEST, stdout.columns)) : COLUMNS;
  },
  get rows() {
    return stdout.isTTY ? stdout.rows : Infinity;
  },
  paint: stdout.isTTY && stdout.hasColors() && !env['NO_COLOR'] && !isDumb ? painted : unpainted,
  // In a smaller window a picture would run over its edges: there a line for each change is told.
  live: stdout.isTTY && !isDumb && stdout.columns >= NARROWEST && stdout.rows >= LOWEST,
  interactive: stderr.isTTY && !isDumb,
};

/** What the Kubernetes client needs; npm itself would only have warned. */
const OLDEST_NODE = 22;

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
// `| head` goes away before the end.
stdout.on('error', () => interrupt.abort());

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  stderr.write(`kubectl proxymode needs Node.js ${OLDEST_NODE} or later; this is ${process.version}\n`);
  process.exitCode = EXIT.failed;
} else {
  const [, program = '', ...args] = process.argv;
  // One program with two names: kubectl looks for completions under the other one.
  process.exitCode = basename(program).startsWith('kubectl_complete')
    ? await runCompletion(args, terminal)
    : await runCommand(args, terminal, interrupt.signal);
}
