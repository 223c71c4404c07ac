// `audit`: recorded files in, findings out.
import { audit } from '../../dataplane/compare/audit.ts';
import { EXIT } from '../exit-codes.ts';
import { harmless } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { loadRecording, type RecordingFlags } from './load-recording.ts';
import { renderReport } from './render-report.ts';
import { reportOf } from './report.ts';

/** @throws CommandError */
export function runAudit(
  flags: RecordingFlags,
  output: 'table' | 'json',
  { stdout, columns, paint }: Terminal,
): number {
  const report = harmless(reportOf(audit(loadRecording(flags))));
  const text =
    output === 'json' ? JSON.stringify(report, undefined, 2) : renderReport(report, { columns, paint }).join('\n');
  stdout.write(`${text}\n`);
  return report.summary.errors > 0 ? EXIT.blocked : EXIT.ready;
}
