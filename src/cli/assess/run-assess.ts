// `assess` from beginning to end: choose the cluster, read, ask, judge, print. It only reads.
import { ApiError, systemClock, type Client } from 'kopf-ts';
import { CONFIG_MAPS } from '../../operator/resources.ts';
import { takeSnapshot } from '../../operator/take-snapshot.ts';
import { CATALOGUE } from '../../preflight/catalogue.ts';
import { factsFrom } from '../../preflight/facts/from-snapshot.ts';
import type { Snapshot } from '../../preflight/facts/snapshot.ts';
import { valueOr } from '../../preflight/known.ts';
import { unknownAcceptances } from '../../preflight/run.ts';
import { inCluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import { counted } from '../counted.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { assessFacts } from './assess-facts.ts';
import { askNodes, NOT_ASKED, type Asked } from './ask-nodes.ts';
import type { AssessOptions } from './options.ts';
import { render } from './render/render.ts';
import { exitCodeOf } from './verdict.ts';

/** Resolves with the exit code. Rejects with CommandError where nothing could be found out. */
export async function runAssess(options: AssessOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  ensureRules(options.accept);
  const progress = createProgress({
    stream: terminal.stderr,
    terminal: terminal.interactive,
    quiet: options.quiet,
  });
  try {
    return await inCluster(options, interrupt, async ({ client, server, context, signal }) => {
      const { snapshot, asked } = await look(client, { server, nodes: options.nodes, signal, progress });
      interrupt.throwIfAborted();
      const { target: targets, accept, output, fixes } = options;
      const now = systemClock.now();
      const assessment = assessFacts({ snapshot, asked, targets, accept, server, context, now });
      progress.end();
      terminal.stdout.write(render(assessment, { output, fixes, width: terminal.columns, paint: terminal.paint }));
      return exitCodeOf(assessment.targets);
    });
  } finally {
    progress.end();
  }
}

/** A typing error must not pass for an acceptance. */
function ensureRules(accept: readonly string[]): void {
  const acceptances = accept.map((rule) => ({ rule, by: '--accept' }));
  const unknown = unknownAcceptances(CATALOGUE, acceptances);
  if (unknown.length > 0) throw new CommandError(`there is no rule ${unknown.join(', ')} to accept`);
}

type Look = {
  readonly server: string;
  readonly nodes: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
};

async function look(
  client: Client,
  { server, nodes, signal, progress }: Look,
): Promise<{ readonly snapshot: Snapshot; readonly asked: Asked }> {
  progress.step(`Connecting to ${server}`);
  await ensureConnected(client, signal);
  progress.step('Reading the cluster');
  const snapshot = await takeSnapshot(client, { signal, progress: progress.count });
  if (!nodes) return { snapshot, asked: NOT_ASKED };
  const facts = factsFrom(snapshot);
  progress.step(`Asking kube-proxy on ${counted(valueOr(facts.nodes, []).length, 'node')}`);
  return { snapshot, asked: await askNodes(client, facts, { signal, now: systemClock.now, progress: progress.count }) };
}

/** Before a dozen lists fail one after the other. Whether the object is there, or may be read, does not matter. */
async function ensureConnected(client: Client, signal: AbortSignal): Promise<void> {
  try {
    await client.get(CONFIG_MAPS, { namespace: 'kube-system', name: 'kube-proxy' }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError && (error.status === 0 || error.status === 401)) throw error;
  }
}
