#!/usr/bin/env node
// The kubectl plugin: `kubectl proxymode …` runs `kubectl-proxymode …`. Only here the environment is read and the process ended.
import { painted, unpainted } from './cli/paint.ts';
import { runCommand } from './cli/program.ts';
import type { Terminal } from './cli/terminal.ts';

/** Of a file or a pipe; what is pasted into a ticket should not depend on a window. */
const COLUMNS = 100;
const NARROWEST = 80;
const WIDEST = 140;

const { env, stdout, stderr } = process;

const terminal: Terminal = {
  stdout,
  stderr,
  columns: stdout.isTTY ? Math.min(WIDEST, Math.max(NARROWEST, stdout.columns)) : COLUMNS,
  paint: stdout.isTTY && stdout.hasColors() && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? painted : unpainted,
  interactive: stderr.isTTY && env['TERM'] !== 'dumb',
};

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
// `| head` goes away before the end.
stdout.on('error', () => interrupt.abort());

process.exitCode = await runCommand(process.argv.slice(2), terminal, interrupt.signal);
