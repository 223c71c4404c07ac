// Where a pass gets what it knows from, and what a cache that cannot be read means.
import { ApiError, TemporaryError, type Cache, type Clock, type KubeObject } from 'kopf-ts';
import { toldOf } from '../api/refusal.ts';
import type { NodeMigration, ProxyModeMigration } from '../api/kinds.ts';
import type { Blocked, MigrationFacts, NodeRecord } from '../rollout/observed.ts';
import type { KubeProxyWatch } from './kube-proxy-watch.ts';
import { isUnderWay, PATIENCE } from './refusals.ts';
import type { NodeTasks } from './node-tasks.ts';
import type { Prober } from './prober.ts';
import type { NodeObject } from './resources.ts';
import type { Sight } from './sight.ts';
import type { Surveyor } from './surveyor.ts';
import type { TrialRuns } from './trials.ts';
import type { UnitWatch } from './unit-watch.ts';

/** How long a pass waits for a cache that was only just opened. */
const FIRST_SYNC = 10_000;

/** Answers to a list that another try will not change. */
const NEVER: ReadonlySet<number> = new Set([400, 404, 405]);

export type Sources = {
  readonly clock: Clock;
  readonly sight: Pick<Sight, 'spans'>;
  readonly ownNode: string | undefined;
  readonly migrations: Cache<ProxyModeMigration>;
  readonly records: Cache<NodeMigration>;
  readonly nodes: Cache<NodeObject>;
  readonly kubeProxy: KubeProxyWatch;
  readonly prober: Pick<Prober, 'facts' | 'lastWords'>;
  readonly surveyor: Pick<Surveyor, 'survey'>;
  readonly tasks: Pick<NodeTasks, 'result'>;
  readonly trials: Pick<TrialRuns, 'result'>;
  readonly units: Pick<UnitWatch, 'watch' | 'look' | 'replacing' | 'failure'>;
  /** The operator's own. */
  readonly namespace: string;
};

export function blocked(reason: Blocked['reason'], message: string): Blocked {
  return { kind: 'blocked', reason, message };
}

/** Since when the API server refuses a cache that has never been listed. */
const REFUSED = new WeakMap<Cache<KubeObject>, number>();

/**
 * A cache that has just been opened is waited for; one that the API server refuses blocks, with the server's own words: in
 * the middle of a migration only when that lasts, since a server that has just come back refuses everybody for a moment.
 */
export async function unreadable(
  migration: MigrationFacts,
  caches: readonly Cache<KubeObject>[],
  { clock }: Pick<Sources, 'clock'>,
  signal: AbortSignal,
): Promise<Blocked | undefined> {
  if (caches.every(({ synced }) => synced)) return undefined;
  const patience = AbortSignal.any([signal, timeoutOf(clock, signal)]);
  for (const cache of caches) {
    if (!cache.synced)
      await Promise.race([cache.whenSynced(patience).catch(() => undefined), untilProblem(cache, clock, patience)]);
    if (cache.synced) continue;
    const { problem } = cache;
    if (problem instanceof ApiError && problem.status === 403 && !mayPass(migration, cache, clock.now()))
      return { kind: 'blocked', ...toldOf(problem.message) };
    if (problem instanceof ApiError && NEVER.has(problem.status)) return blocked('InvalidSpec', problem.message);
    throw new TemporaryError(
      `${cache.resource.plural} could not be listed yet: ${problem?.message ?? 'no answer'}`,
      1000,
    );
  }
  return undefined;
}

function mayPass(migration: MigrationFacts, cache: Cache<KubeObject>, now: number): boolean {
  const since = REFUSED.get(cache) ?? now;
  REFUSED.set(cache, since);
  return isUnderWay(migration) && now - since < PATIENCE;
}

function timeoutOf(clock: Clock, signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  void clock.sleep(FIRST_SYNC, signal).then(() => controller.abort());
  return controller.signal;
}

async function untilProblem(cache: Cache<KubeObject>, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !cache.synced && cache.problem === undefined) await clock.sleep(50, signal);
}

/** Only our own: records of a deleted migration of the same name are about to be collected. */
export function recordsOf({ uid }: MigrationFacts, all: readonly NodeMigration[]): Map<string, NodeRecord> {
  const own = all.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid) === true);
  return new Map(
    own.map(({ metadata, spec, status = {} }) => [
      spec.nodeName,
      {
        node: spec.nodeName,
        nodeUID: spec.nodeUID,
        resourceVersion: metadata.resourceVersion ?? '',
        status,
      },
    ]),
  );
}

/** kubelet and kube-proxy are at most three minors apart. */
export function nodeVersion(nodes: Cache<NodeObject>): string {
  const versions = nodes.list().map((node) => node.status?.nodeInfo?.kubeletVersion);
  return versions.find((version) => version !== undefined && version !== '') ?? 'v1.36.0';
}
