// One pass over one ProxyModeMigration: observe → plan → perform, with the report as the plan's first effect. The rest of
// this file says what makes a pass happen.
import { randomUUID } from 'node:crypto';
import {
  ApiError,
  createOperator,
  type Client,
  type Clock,
  type Connection,
  type EventInput,
  type HandlerContext,
  type LeaderElectionOptions,
  type Log,
  type Operator,
  type Outcome,
} from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../api/kinds.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import type { Plan } from '../rollout/decision.ts';
import type { MigrationFacts, Observed, PodFacts } from '../rollout/observed.ts';
import type { WantedUnit } from '../systemd/find-unit.ts';
import { wantedUnitOf } from './unit-intent.ts';
import { plan, planBlocked, planFinished } from '../rollout/plan.ts';
import { SharedHelperWatch } from './helper-watch.ts';
import { KubeProxyWatch, sameFacts } from './kube-proxy-watch.ts';
import { exposeMigrations } from './metrics.ts';
import { createNodeAccess, type Present } from './node-access.ts';
import { NodeImages } from './node-images.ts';
import { presentOf } from './present.ts';
import { migrationFacts, observe, type Seen } from './observe.ts';
import { perform } from './perform.ts';
import { projectNode } from './project.ts';
import { isRefusal, Refusals, type Refusal } from './refusals.ts';
import { Reporter } from './report.ts';
import { RightsCheck } from './rights.ts';
import { NODES } from './resources.ts';
import { Sight } from './sight.ts';
import type { Sources } from './sources.ts';
import { createWorkers, isOfUnits, orderFor, workAsPlanned, type Workers } from './workers.ts';

export type MigrationOperatorOptions = {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly log: Log;
  /** The node this operator runs on: it is switched last. */
  readonly ownNode?: string | undefined;
  /** The operator's own, where helper pods run. */
  readonly namespace?: string;
  readonly identity?: string;
  readonly leaderElection?: LeaderElectionOptions;
  readonly http?: { readonly host: string; readonly port: number };
};

type Report = (decided: Plan) => Promise<number | undefined>;

/** For closing what is open on nodes (ms). */
const CLOSING = 5000;
/** However long a pass takes (ms), the next one is not put off for longer. */
const LONGEST_PAUSE = 200;

export function migrationOperator(options: MigrationOperatorOptions): Pick<Operator, 'run'> {
  const { connection, clock, log, ownNode, namespace = 'kube-system', ...rest } = options;
  // One pass at a time over all migrations: each sees what the others have written, so that two can never both start.
  const operator = createOperator({ name: FIELD_MANAGER, connection, clock, log, maxConcurrentReconciles: 1, ...rest });
  /** How long the last pass took: with thousands of nodes, what happens meanwhile is answered by one pass, not by hundreds. */
  let lastPass = 0;
  const wake = (name: string): void => operator.enqueue(PROXY_MODE_MIGRATIONS, { name }, lastPass);
  const wakeAll = (): void => {
    for (const { metadata } of migrations.list()) wake(metadata.name);
  };
  /** A migration that begins or ends makes others wait, or go on. */
  const migrations = operator.cache(PROXY_MODE_MIGRATIONS, {
    onEvent: (event) => {
      if (event.type === 'modified' && isActive(event.object) !== isActive(event.old)) wakeAll();
    },
  });
  const kubeProxy = new KubeProxyWatch(operator, wakeAll);
  const reporter = new Reporter();
  const refusals = new Refusals();
  const sight = new Sight();
  const rights = new RightsCheck(connection.client, namespace);
  const helpers = new SharedHelperWatch(operator, namespace);
  const hands = onNodes(operator, connection);
  const workers = new Map<string, Workers>();
  const records = operator.cache(NODE_MIGRATIONS, { onEvent: wakeAll });
  const nodes = operator.cache(NODES, {
    project: projectNode,
    onEvent: (event) => {
      if (event.type !== 'modified' || event.old === undefined || !sameFacts(event.object, event.old)) wakeAll();
    },
  });

  const workersOf = (name: string): Workers => {
    const known = workers.get(name);
    if (known !== undefined) return known;
    const images = new NodeImages();
    const present = (): Present | undefined =>
      presentOf(migrations.get({ name }), images.of, nodes, workers.get(name)?.units);
    const access = createNodeAccess({
      client: hands,
      clock,
      log,
      namespace,
      helpers,
      mark,
      present,
    });
    const wantedUnit = (): WantedUnit => wantedUnitOf(migrations.get({ name }));
    const changed = (): void => wake(name);
    const made = createWorkers({ client: hands, clock, log, nodes: access, images, wantedUnit, mark, changed });
    workers.set(name, made);
    return made;
  };

  const forget = (name: string): void => {
    workers.get(name)?.stop();
    workers.delete(name);
    kubeProxy.release(name);
    reporter.forget(name);
    refusals.forget(name);
    rights.forget(name);
    wakeAll();
  };

  /** The status was written before; the next pass, which sees that, says what was refused. */
  const refusedBy = (error: unknown, migration: MigrationFacts): Outcome => {
    if (!(error instanceof ApiError && isRefusal(error))) throw error;
    log.warn('the API server refuses a request', { migration: migration.name, error: error.message });
    refusals.note(migration, error, clock.now());
    return { requeueAfter: 0 };
  };

  const waitOut = async ({ blocked, until }: Refusal, migration: MigrationFacts, report: Report): Promise<Outcome> => {
    if (blocked !== undefined) await report(planBlocked(migration, clock.now(), blocked));
    return again(until, undefined, clock);
  };

  const decide = (migration: MigrationFacts, world: Seen['world']): Plan => {
    const began = clock.now();
    const decided = world.kind === 'blocked' ? planBlocked(migration, began, world) : plan(world);
    lastPass = Math.min(LONGEST_PAUSE, clock.now() - began);
    return decided;
  };

  const reconcile = async (context: HandlerContext<ProxyModeMigration>): Promise<Outcome> => {
    if (context.object !== undefined) return pass(context, context.object);
    forget(context.name);
    return undefined;
  };

  const pass = async (context: HandlerContext<ProxyModeMigration>, object: ProxyModeMigration): Promise<Outcome> => {
    const { client, signal } = context;
    const event = teller(context, log);
    const facts = migrationFacts(object);
    const report: Report = (decided) => reporter.report(object, decided.status, { client, clock, event });
    const carryOut = async (decided: Plan, world: Observed | undefined): Promise<Outcome> => {
      const where = world?.kubeProxy;
      const ofUnits = isOfUnits(facts);
      const replace =
        ofUnits && world !== undefined
          ? (unit: PodFacts): void => workersOf(facts.name).units.replace(orderFor(unit, world, decided))
          : undefined;
      const held = await perform(decided, { client, migration: object, kubeProxy: where, replace, report, event });
      return again(decided.wake, held, clock);
    };
    // A migration that is over is not measured against the world any more: only its own spec can open it again.
    const finished = planFinished(facts, clock.now());
    if (finished !== undefined) {
      workers.get(facts.name)?.stop();
      kubeProxy.release(facts.name);
      return carryOut(finished, undefined);
    }
    const atWork = workersOf(facts.name);
    const sources: Sources = { clock, sight, ownNode, namespace, migrations, records, nodes, kubeProxy, ...atWork };
    const { migration, world } = await observe(object, sources, signal);
    const refused = refusals.standing(migration, clock.now());
    if (refused !== undefined) return waitOut(refused, migration, report);
    const decided = decide(migration, world);
    try {
      if (world.kind === 'observed') {
        atWork.images.see(world);
        await rights.before(decided, world);
        workAsPlanned(atWork, world, decided);
      }
      const outcome = await carryOut(decided, world.kind === 'observed' ? world : undefined);
      refusals.forget(migration.name);
      return outcome;
    } catch (error) {
      return refusedBy(error, migration);
    }
  };

  operator.on.reconcile(PROXY_MODE_MIGRATIONS, reconcile);
  return {
    async run(signal) {
      exposeMigrations(connection.registry, migrations, () => operator.isLeader);
      const over = new AbortController();
      const sees = (): boolean => operator.isLeader && nodes.synced && nodes.problem === undefined;
      const watching = sight.watch(clock, sees, over.signal);
      try {
        await operator.run(signal);
      } finally {
        over.abort();
        await watching;
        // However it ended: a process that went on asking kube-proxies would never end.
        for (const one of workers.values()) one.stop();
        // Helper pods that are just being used are removed; what cannot be goes by its own deadline.
        await Promise.race([helpers.idle(), clock.sleep(CLOSING)]);
      }
    },
  };
}

/** Fit for a label's value, and for the marks of a batch. */
function mark(): string {
  return randomUUID().replaceAll('-', '');
}

/** Nothing is done on a node by a process that does not lead; what it has made it may take away even at its end. */
function onNodes(operator: Operator, connection: Connection): Client {
  const { delete: remove, deleteCollection } = connection.client;
  return { ...operator.client, delete: remove, deleteCollection };
}

/** What happens to a node is an Event on it and a line in the log: who runs the operator by hand sees only the latter. */
function teller(context: HandlerContext<ProxyModeMigration>, log: Log): (input: EventInput) => void {
  return (input) => {
    context.event(input);
    const fields = { about: input.regarding.metadata.name, reason: input.reason, note: input.note };
    if (input.type === 'Warning') log.warn('progress', fields);
    else log.info('progress', fields);
  };
}

function isActive(migration: ProxyModeMigration | undefined): boolean {
  return migration?.status?.startedAt !== undefined && migration.status.finishedAt === undefined;
}

function again(wake: number | undefined, held: number | undefined, clock: Clock): Outcome {
  const times = [wake === undefined ? undefined : Math.max(0, wake - clock.now()), held].filter(
    (time) => time !== undefined,
  );
  return times.length === 0 ? undefined : { requeueAfter: Math.min(...times) };
}
