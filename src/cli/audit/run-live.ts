// `audit` of a live cluster: nodes read through helper pods, findings out.
import { auditNode } from '../../operator/audit/audit-node.ts';
import { inCluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import { harmless } from '../harmless.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { onNodes, type LiveFlags, type Outcome } from './live-nodes.ts';
import { printed, type AuditOutput } from './outputs.ts';
import { renderReports } from './render-reports.ts';
import { exitCodeOf, reportOf, type AuditReport, type NodesReport } from './report.ts';
import { ensureEmpty, saveRecording } from './save-recording.ts';

export type LiveAudit = LiveFlags & {
  readonly node: string | undefined;
  /** Where to record what is read of the one node. */
  readonly record: string | undefined;
  readonly output: AuditOutput;
  readonly quiet: boolean;
};

/** @throws CommandError */
export async function runLiveAudit(flags: LiveAudit, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  const { record, node, output, quiet } = flags;
  if (record !== undefined && node === undefined) throw new CommandError('--record needs --node: one folder, one node');
  if (record !== undefined) ensureEmpty(record);
  const progress = createProgress({ stream: terminal.stderr, terminal: terminal.interactive, quiet });
  try {
    return await inCluster(flags, interrupt, async (cluster) => {
      const outcomes = await onNodes(
        cluster,
        flags,
        async (object, source, way) => {
          const found = await auditNode(object, source, way);
          if (found.kind === 'unread') return found;
          if (record !== undefined) saveRecording(record, found);
          // Not its texts: those of two hundred nodes do not fit into memory.
          return { kind: 'audited' as const, report: reportOf(found) };
        },
        progress,
      );
      progress.end();
      return tell(outcomes, { single: node !== undefined, output }, terminal);
    });
  } finally {
    progress.end();
  }
}

type Told = { readonly kind: 'audited'; readonly report: AuditReport };

function tell(
  outcomes: readonly Outcome<Told>[],
  { single, output }: { readonly single: boolean; readonly output: AuditOutput },
  { stdout, columns, paint }: Terminal,
): number {
  const report: NodesReport = harmless({
    schemaVersion: 1,
    nodes: outcomes.flatMap(({ found }) => (found.kind === 'audited' ? [found.report] : [])),
    notRead: outcomes.flatMap(({ node, found }) => (found.kind === 'unread' ? [{ node, why: found.why }] : [])),
  });
  const [only] = report.nodes;
  if (single && only === undefined)
    throw new CommandError(report.notRead.map(({ node, why }) => `${node} could not be read: ${why}`).join('\n'));
  const shown = single && only !== undefined ? only : report;
  stdout.write(printed(output, shown, () => renderReports(report, { columns, paint })));
  return exitCodeOf(report);
}
