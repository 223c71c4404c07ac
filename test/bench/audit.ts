// `node test/bench/audit.ts`: what an audit of a node with 5,000 Services costs in each mode, files read and objects parsed included.
// Prints each figure beside its limit and exits 1 when one is exceeded, or when the healthy rules are said not to be.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROXY_MODES, type ProxyMode } from '../../src/api/fields.ts';
import { writeRecording } from './audit/recording.ts';
import { isExceeded, renderFigures, type Figure } from './figure.ts';

const LIMITS = { seconds: 2, megabytes: 300 } as const;
const SERVICES = 5000;
const PATIENCE = 60_000;

type Measured = {
  /** Of the processor. */
  readonly seconds: number;
  readonly elapsed: number;
  readonly megabytes: number;
  readonly findings: readonly { readonly id: string; readonly what: string }[];
};

function measure(mode: ProxyMode, dir: string): { figures: Figure[]; unexpected: string[] } {
  const place = join(dir, mode);
  const size = writeRecording(place, mode, SERVICES);
  const child = new URL('audit/audit-process.ts', import.meta.url).pathname;
  const printed = execFileSync(process.execPath, [child, place], { encoding: 'utf8', timeout: PATIENCE });
  const { seconds, elapsed, megabytes, findings } = JSON.parse(printed) as Measured;
  const at = `${mode}, ${SERVICES.toLocaleString('en-US')} Services`;
  return {
    figures: [
      { name: `rules, ${at}`, value: size / 1e6, unit: 'MB', limit: undefined },
      { name: `audit, processor time, ${at}`, value: seconds, unit: 's', limit: LIMITS.seconds },
      { name: `audit, elapsed, ${at}`, value: elapsed, unit: 's', limit: undefined },
      { name: `most memory, ${at}`, value: megabytes, unit: 'MB', limit: LIMITS.megabytes },
    ],
    unexpected: findings.map(({ id, what }) => `${mode}: ${id}: ${what}`),
  };
}

const dir = mkdtempSync(join(tmpdir(), 'proxymode-audit-'));
try {
  const measured = PROXY_MODES.map((mode) => measure(mode, dir));
  const figures = measured.flatMap((one) => one.figures);
  const unexpected = measured.flatMap((one) => one.unexpected);
  console.log([...renderFigures(figures), ...unexpected].join('\n'));
  process.exitCode = figures.some(isExceeded) || unexpected.length > 0 ? 1 : 0;
} finally {
  rmSync(dir, { recursive: true });
}
