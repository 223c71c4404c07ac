// `audit` of recorded files: no cluster is spoken to.
import { audit } from '../../dataplane/compare/audit.ts';
import { harmless } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { loadRecording, type RecordingFlags } from './load-recording.ts';
import { printed, type AuditOutput } from './outputs.ts';
import { renderReport } from './render-report.ts';
import { exitCodeOf, reportOf } from './report.ts';

/** @throws CommandError */
export function runAudit(flags: RecordingFlags, output: AuditOutput, { stdout, columns, paint }: Terminal): number {
  const report = harmless(reportOf(audit(loadRecording(flags))));
  stdout.write(printed(output, report, () => renderReport(report, { columns, paint })));
  return exitCodeOf({ nodes: [report], notRead: [] });
}
