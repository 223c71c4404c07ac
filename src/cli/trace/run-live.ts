// `trace` on a live node, read through a helper pod.
import { lookAtNode } from '../../operator/audit/audit-node.ts';
import { onNodes, type LiveFlags } from '../audit/live-nodes.ts';
import { inCluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { tellTrace, type TraceOptions } from './run-trace.ts';

export type LiveTrace = LiveFlags & Omit<TraceOptions, 'flags'> & { readonly node: string; readonly quiet: boolean };

/** @throws CommandError */
export async function runLiveTrace(flags: LiveTrace, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  const progress = createProgress({ stream: terminal.stderr, terminal: terminal.interactive, quiet: flags.quiet });
  try {
    return await inCluster(flags, interrupt, async (cluster) => {
      const [outcome] = await onNodes(cluster, flags, lookAtNode, progress);
      progress.end();
      const found = outcome?.found ?? { kind: 'unread', why: 'nothing came of it' };
      if (found.kind === 'unread') throw new CommandError(`${flags.node} could not be read: ${found.why}`);
      return tellTrace(found.recorded, { ...flags, unread: found.unread }, terminal);
    });
  } finally {
    progress.end();
  }
}
