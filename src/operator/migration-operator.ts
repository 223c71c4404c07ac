// One pass over one ProxyModeMigration: observe → plan → perform, with the report as the plan's first effect. The rest of
// this file says what makes a pass happen.
import {
  ApiError,
  createOperator,
  type Clock,
  type Connection,
  type HandlerContext,
  type LeaderElectionOptions,
  type Log,
  type Operator,
  type Outcome,
} from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../api/kinds.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import type { Plan } from '../rollout/decision.ts';
import { plan, planBlocked } from '../rollout/plan.ts';
import { KubeProxyWatch, sameFacts } from './kube-proxy-watch.ts';
import { observe, type Seen, type Sources } from './observe.ts';
import { perform } from './perform.ts';
import { Prober, type Target } from './prober.ts';
import { projectNode } from './project.ts';
import { Reporter } from './report.ts';
import { NODES } from './resources.ts';

export type MigrationOperatorOptions = {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly log: Log;
  /** The node this operator runs on: it is switched last. */
  readonly ownNode?: string | undefined;
  readonly identity?: string;
  readonly leaderElection?: LeaderElectionOptions;
  readonly http?: { readonly host: string; readonly port: number };
};

/** A right that is missing is not looked for again at once. */
const FORBIDDEN_RETRY = 30_000;

export function migrationOperator(options: MigrationOperatorOptions): Operator {
  const { connection, clock, log, ownNode, ...rest } = options;
  // One pass at a time over all migrations: each sees what the others have written, so that two can never both start.
  const operator = createOperator({ name: FIELD_MANAGER, connection, clock, log, maxConcurrentReconciles: 1, ...rest });
  const migrations = operator.cache(PROXY_MODE_MIGRATIONS);
  const wakeAll = (): void => {
    for (const { metadata } of migrations.list()) operator.enqueue(PROXY_MODE_MIGRATIONS, { name: metadata.name });
  };
  const kubeProxy = new KubeProxyWatch(operator, wakeAll);
  const reporter = new Reporter();
  const probers = new Map<string, Prober>();
  const records = operator.cache(NODE_MIGRATIONS, { onEvent: wakeAll });
  const nodes = operator.cache(NODES, {
    project: projectNode,
    onEvent: (event) => {
      if (event.type !== 'modified' || event.old === undefined || !sameFacts(event.object, event.old)) wakeAll();
    },
  });

  const proberOf = (name: string): Prober => {
    const known = probers.get(name);
    if (known !== undefined) return known;
    const changed = (): void => operator.enqueue(PROXY_MODE_MIGRATIONS, { name });
    const prober = new Prober({ client: connection.client, clock, log, changed });
    probers.set(name, prober);
    return prober;
  };

  const forget = (name: string): void => {
    probers.get(name)?.stop();
    probers.delete(name);
    kubeProxy.release(name);
    reporter.forget(name);
    wakeAll();
  };

  const reconcile = async (context: HandlerContext<ProxyModeMigration>): Promise<Outcome> => {
    const { object, client, signal, event } = context;
    if (object === undefined) {
      forget(context.name);
      return undefined;
    }
    const prober = proberOf(object.metadata.name);
    const sources: Sources = { clock, ownNode, migrations, records, nodes, kubeProxy, prober };
    const seen = await observe(object, sources, signal);
    const decided =
      seen.world.kind === 'blocked' ? planBlocked(seen.migration, clock.now(), seen.world) : plan(seen.world);
    askAsPlanned(prober, seen, decided);
    let held: number | undefined;
    const report = async (current: Plan): Promise<void> => {
      held = await reporter.report(object, current.status, { client, clock, event });
    };
    try {
      const where = seen.world.kind === 'observed' ? seen.world.kubeProxy : undefined;
      await perform(decided, { client, migration: object, kubeProxy: where, report, event });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      log.warn('the operator lacks a right', { migration: object.metadata.name, error: error.message });
      await report(
        planBlocked(seen.migration, clock.now(), { kind: 'blocked', reason: 'Forbidden', message: error.message }),
      );
      return { requeueAfter: FORBIDDEN_RETRY };
    }
    return again(decided.wake, held, clock);
  };

  operator.on.reconcile(PROXY_MODE_MIGRATIONS, reconcile);
  return operator;
}

function askAsPlanned(prober: Prober, { world }: Seen, decided: Plan): void {
  if (world.kind === 'blocked') return;
  const target: Target = {
    namespace: world.kubeProxy.namespace,
    container: world.kubeProxy.container,
    port: world.metricsPort,
  };
  prober.retain(world.pods.values());
  prober.ask(decided.probes, target);
  for (const pod of decided.lastWords) prober.fetchLastWords(pod, target);
}

function again(wake: number | undefined, held: number | undefined, clock: Clock): Outcome {
  const times = [wake === undefined ? undefined : Math.max(0, wake - clock.now()), held].filter(
    (time) => time !== undefined,
  );
  return times.length === 0 ? undefined : { requeueAfter: Math.min(...times) };
}
