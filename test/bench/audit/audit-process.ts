// One audit in a process of its own, as the plugin does it: prints what it took, and what it found.
import { PassThrough } from 'node:stream';
import { runAudit } from '../../../src/cli/audit/run-audit.ts';
import { unpainted } from '../../../src/terminal/paint.ts';

const [dir = ''] = process.argv.slice(2);
const stdout = new PassThrough();
let text = '';
stdout.setEncoding('utf8').on('data', (part: string) => void (text += part));

const started = performance.now();
const before = process.threadCpuUsage();
const code = runAudit({ dir, api: undefined, mode: undefined, node: undefined }, 'json', {
  stdout,
  stderr: process.stderr,
  columns: 100,
  rows: Infinity,
  paint: unpainted,
  live: false,
  interactive: false,
});
const { user, system } = process.threadCpuUsage(before);
const elapsed = (performance.now() - started) / 1000;
// Of the thread that does it all: what it would take if nothing else ran. What other processes take from this one is not the audit's.
const seconds = (user + system) / 1e6;
// Kilobytes; the most this process ever held.
const megabytes = process.resourceUsage().maxRSS / 1024;
const { findings } = JSON.parse(text) as { findings: { id: string; what: string }[] };
console.log(JSON.stringify({ code, seconds, elapsed, megabytes, findings: findings.slice(0, 3) }));
