// The operator is killed with SIGKILL at random moments, and started again at once under the same identity, as a restarted
// container would be. Migrations go there and back meanwhile, and once in three to a mode that no node can run.
import { connect, createOperator, systemClock, type Log } from 'kopf-ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/simulator/world/seeded-random.ts';
import { apply, gone, migration, nodePhases, phase, records, remove } from '../scenarios/actions.ts';
import { configText, modes } from '../scenarios/cluster.ts';
import { PODS } from '../scenarios/stage.ts';
import { labStage, type LabStage } from './lab-stage.ts';
import { labUp, type Lab } from './lab.ts';
import { OPERATOR_NAMESPACE } from './operator-user.ts';

const KILLS = 30;
/** How long an operator lives after it has begun to lead; some never do. */
const LONGEST_LIFE = 2500;
const STILLBORN = 0.1;
const DIRECTIONS = ['nftables', 'iptables', 'ipvs'] as const;
type Mode = (typeof DIRECTIONS)[number];
const ENDS = ['Succeeded', 'RolledBack', 'Failed'];
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

let lab: Lab;
let stage: LabStage;
let seen: PodWatch;

beforeAll(async () => {
  lab = await labUp();
  stage = await labStage(lab);
  seen = await watchPods(lab);
}, 600_000);

afterAll(async () => {
  await seen.stop();
  await stage.close();
});

it('killed at 30 random moments, it ends as undisturbed and replaces no pod twice', async () => {
  const calm = new Map<Mode, unknown>();
  const undisturbed = await stage.startOperator();
  for (const mode of DIRECTIONS) calm.set(mode, await migrate(mode));
  await undisturbed.stop();

  const seed = Number(process.env['PROXYMODE_KILLS_SEED'] ?? Date.now() % 1e6);
  stage.say(`seed ${seed} (PROXYMODE_KILLS_SEED repeats it)`);
  const killer = startKiller(seededRandom(seed));
  try {
    for (let round = 0; killer.kills < KILLS; round++) {
      const mode = DIRECTIONS[round % DIRECTIONS.length] ?? 'iptables';
      expect(await migrate(mode), `to ${mode}, after ${killer.kills} kills`).toEqual(calm.get(mode));
    }
  } finally {
    await killer.stop();
  }
  const lease = JSON.parse(await lab.kubectl('get', 'lease', 'proxymode', '-n', OPERATOR_NAMESPACE, '-o', 'json')) as {
    readonly spec: { readonly leaseTransitions?: number };
  };
  // One transition, from the undisturbed operator: a killed one comes back to a lease that is its own.
  expect(lease.spec.leaseTransitions).toBe(1);
}, 900_000);

/** From one mode to another, to the deletion of the migration. Returns all that must not depend on kills. */
async function migrate(mode: Mode): Promise<unknown> {
  const name = `to-${mode}`;
  const before = seen.uids();
  await apply(stage, name, { mode });
  const status = await phase(stage, name, ENDS);
  const released = async (): Promise<boolean> =>
    ((await migration(stage, name))?.metadata.finalizers ?? []).length === 0;
  await stage.until('the finalizer to be released', released);
  const found = [...(await records(stage, name))].map(([node, { phase: is, result, reason, mode: runs }]) =>
    [node, is, result, reason, runs].join(' '),
  );
  const end = {
    phase: status.phase,
    nodes: status.nodes,
    records: found.toSorted(),
    modes: await modes(stage),
    config: await configText(stage),
    replaced: seen.newOnEachNode(before),
  };
  await remove(stage, name);
  await gone(stage, name);
  return end;
}

type Killer = { readonly kills: number; stop(): Promise<void> };

function startKiller(random: () => number): Killer {
  const stop = new AbortController();
  let operator = stage.startAs('killed-again');
  let kills = 0;

  async function kill(): Promise<void> {
    while (!stop.signal.aborted && kills < KILLS) {
      const leads = random() > STILLBORN;
      const life = random() * LONGEST_LIFE;
      const current = operator;
      if (leads) await stage.until('the operator to lead', () => current.leading || stop.signal.aborted);
      await systemClock.sleep(leads ? life : life / 5, stop.signal);
      if (stop.signal.aborted) return;
      const where = await whereItIs();
      await operator.kill();
      operator = stage.startAs('killed-again');
      const when = leads ? `${Math.round(life)} ms after it began to lead` : 'before it could lead';
      stage.say(`kill ${++kills}: ${when}; ${where}`);
    }
  }

  const killing = kill();
  return {
    get kills() {
      return kills;
    },
    stop: async () => {
      stop.abort();
      await killing;
      await operator.stop();
    },
  };
}

async function whereItIs(): Promise<string> {
  for (const mode of DIRECTIONS) {
    const object = await migration(stage, `to-${mode}`);
    if (object === undefined) continue;
    const nodes = Object.entries(await nodePhases(stage, `to-${mode}`)).map((entry) => entry.join(' '));
    return [`to ${mode}`, object.status?.phase ?? 'untouched', ...nodes.toSorted()].join(', ');
  }
  return 'between two migrations';
}

type PodWatch = {
  uids(): ReadonlySet<string>;
  /** How many kube-proxy pods that were not there before have come on each node. */
  newOnEachNode(before: ReadonlySet<string>): Record<string, number>;
  stop(): Promise<void>;
};

/** Sees every kube-proxy pod there has been, in whatever hurry it came and went. */
async function watchPods({ kubeconfig, nodes }: Lab): Promise<PodWatch> {
  const client = { kubeConfig: kubeconfig, fieldManager: 'pod-watch', userAgent: 'pod-watch' };
  const connection = connect({ ...client, clock: systemClock, log: quiet });
  const operator = createOperator({ name: 'pod-watch', connection, clock: systemClock, log: quiet });
  const nodeOf = new Map<string, string>();
  const cache = operator.cache(PODS, {
    selection: { namespace: 'kube-system', labelSelector: 'k8s-app=kube-proxy' },
    onEvent: ({ object: { metadata, spec } }) => void nodeOf.set(metadata.uid ?? '', spec.nodeName ?? ''),
  });
  const stop = new AbortController();
  const watching = operator.run(stop.signal);
  await cache.whenSynced(AbortSignal.timeout(30_000));
  return {
    uids: () => new Set(nodeOf.keys()),
    newOnEachNode: (before) => {
      const fresh = [...nodeOf].filter(([uid]) => !before.has(uid)).map(([, node]) => node);
      return Object.fromEntries(nodes.map((node) => [node, fresh.filter((one) => one === node).length]));
    },
    stop: async () => {
      stop.abort();
      await watching;
      await connection.close();
    },
  };
}
