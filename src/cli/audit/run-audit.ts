// `audit` of recorded files: no cluster is spoken to.
import { stringify } from 'yaml';
import { audit } from '../../dataplane/compare/audit.ts';
import { harmless } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { loadRecording, type RecordingFlags } from './load-recording.ts';
import type { AuditOutput } from './outputs.ts';
import { renderReport } from './render-report.ts';
import { exitCodeOf, reportOf } from './report.ts';

/** @throws CommandError */
export function runAudit(flags: RecordingFlags, output: AuditOutput, { stdout, columns, paint }: Terminal): number {
  const report = harmless(reportOf(audit(loadRecording(flags))));
  switch (output) {
    case 'table':
      stdout.write(`${renderReport(report, { columns, paint }).join('\n')}\n`);
      break;
    case 'json':
      stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
      break;
    case 'yaml':
      stdout.write(stringify(report));
      break;
  }
  return exitCodeOf({ nodes: [report], notRead: [] });
}
