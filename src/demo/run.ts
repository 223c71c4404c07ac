// The demo from its beginning to its end: a simulated cluster, the real operator, a person who types, and a viewer.
import { connect, type Clock, type Connection, type Log } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from '../api/kinds.ts';
import { migrationOperator } from '../operator/migration-operator.ts';
import type { Simulator } from '../simulator/start.ts';
import { IN_WORDS, startCluster, UNFIT } from './cluster.ts';
import { inventory, leftovers } from './leftovers.ts';
import { renderSummary } from './render-summary.ts';
import { renderTable } from './render-table.ts';
import { sayCommand, type Screen } from './screen.ts';
import { firstActOf, tallyOf, type FirstAct } from './tally.ts';
import { APPLY, apply, DELETE, MANIFEST, MIGRATION, remove, RETRY, retry, table, WATCH } from './user.ts';
import { Watcher, type Scene } from './watcher.ts';

const TARGET = 'nftables';
const BETWEEN_FRAMES = 100;
/** So that a person can read (ms); a pipe does not wait. */
const READ_INTRODUCTION = 2000;
const READ_OUTCOME = 2500;

const SCENES = {
  first: {
    story: `Act 1 of 2. All nodes are to run ${TARGET}. But the kube-proxy image on ${UNFIT} is broken: it has no nft, so this node cannot follow.`,
    command: `${APPLY}; ${WATCH}`,
  },
  over: {
    story: `Act 1 is over. ${UNFIT} got its old mode back at once, and so did the nodes that had switched before it. The migration says why.`,
    command: WATCH,
  },
  second: {
    story: `Act 2 of 2. Somebody pulled a good image on ${UNFIT}, and the same migration is told to try again.`,
    command: `${RETRY}; ${WATCH}`,
  },
} as const satisfies Readonly<Record<string, Scene>>;

type Stage = {
  readonly simulator: Simulator;
  readonly user: Connection;
  readonly watcher: Watcher;
  readonly screen: Screen;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

export type DemoOptions = {
  readonly screen: Screen;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Resolves with true when everything went as the story says. Rejects, with everything that went wrong, when it could not. */
export async function runDemo({ screen, clock, log, signal }: DemoOptions): Promise<boolean> {
  const startedAt = clock.now();
  introduce(screen);
  const simulator = await startCluster(clock);
  const dial = (name: string): Connection =>
    connect({ kubeConfig: simulator.kubeconfig(name), fieldManager: name, userAgent: name, clock, log });
  const [user, robot] = [dial('kubectl'), dial('proxymode')];
  const watcher = new Watcher({
    simulator,
    clock,
    cluster: IN_WORDS,
    startedAt,
    onEvent: (event) => screen.event(event),
  });
  const leave = new AbortController();
  const broken = new AbortController();
  const operator = migrationOperator({
    connection: robot,
    clock,
    log,
    leaderElection: { namespace: 'kube-system', name: 'proxymode' },
  });
  const working = operator.run(leave.signal).catch((error: unknown) => broken.abort(error));
  const stage = { simulator, user, watcher, screen, clock, signal: AbortSignal.any([signal, broken.signal]) };
  const [played] = await Promise.allSettled([play(stage)]);
  leave.abort();
  await working;
  const closed = await Promise.allSettled([user.close(), robot.close(), simulator.close()]);
  // A defect of the simulated world shows when it is closed, and may be why the play did not go on: both are told.
  const errors = [played, ...closed].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (played.status === 'fulfilled' && errors.length === 0) return played.value;
  throw new AggregateError(errors, 'the demo did not get to its end');
}

function introduce(screen: Screen): void {
  screen.say(
    `${screen.paint('strong', 'Proxymode demo')}: the real operator at work on a simulated cluster.`,
    'All of it is in this process, with a Kubernetes API on loopback between them.',
  );
  sayCommand(screen, `cat ${MIGRATION}.yaml`, MANIFEST.trimEnd().split('\n'));
  screen.say('');
}

async function play(stage: Stage): Promise<boolean> {
  const { simulator, watcher, screen } = stage;
  const before = inventory(simulator.store);
  await rest(stage, READ_INTRODUCTION);
  enter(stage, SCENES.first);
  const painter = new AbortController();
  const painting = paint(stage, AbortSignal.any([stage.signal, painter.signal]));
  let first: FirstAct;
  try {
    first = await firstAct(stage);
    await secondAct(stage);
  } finally {
    painter.abort();
    await painting;
  }
  await showTables(stage);
  await remove(stage.user.client);
  await watcher.until(
    'the migration to be gone',
    () => watcher.migration() === undefined && watcher.records().length === 0,
    stage.signal,
  );
  sayCommand(screen, DELETE, [`proxymodemigration.proxymode.dev "${MIGRATION}" deleted`]);
  const tally = tallyOf(simulator, TARGET, first);
  const left = leftovers(before, inventory(simulator.store));
  screen.say('', ...renderSummary(tally, left, screen.width, screen.paint));
  return (
    tally.switched === tally.nodes && left.objects.length + left.finalizers.length === 0 && left.changedLines === 1
  );
}

async function firstAct(stage: Stage): Promise<FirstAct> {
  const { watcher, simulator } = stage;
  await apply(stage.user.client);
  await watcher.until('the nodes to be taken back', () => watcher.hasEnded('RolledBack'), stage.signal);
  enter(stage, SCENES.over);
  await rest(stage, READ_OUTCOME);
  return firstActOf(simulator, watcher.records(), UNFIT);
}

async function secondAct(stage: Stage): Promise<void> {
  const { watcher, simulator } = stage;
  simulator.node(UNFIT).cannotRun(TARGET, undefined);
  enter(stage, SCENES.second);
  await retry(stage.user.client);
  await watcher.until('all nodes to be switched', () => watcher.hasEnded('Succeeded'), stage.signal);
}

/** A pipe is told; a terminal shows it with the next frame. */
function enter({ watcher, screen }: Stage, scene: Scene): void {
  watcher.scene = scene;
  if (!screen.live) screen.say('', scene.story, `$ ${scene.command}`);
}

/** Ends with the picture as it then is. */
async function paint({ screen, watcher, clock }: Stage, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    screen.frame(watcher.view());
    await clock.sleep(BETWEEN_FRAMES, signal);
  }
  screen.frame(watcher.view());
}

async function showTables({ simulator, screen }: Stage): Promise<void> {
  for (const [command, { plural }] of [
    ['kubectl get pmm', PROXY_MODE_MIGRATIONS],
    ['kubectl get nmig', NODE_MIGRATIONS],
  ] as const) {
    sayCommand(screen, command, renderTable(await table(simulator.url, plural)));
  }
}

async function rest({ screen, clock, signal }: Stage, milliseconds: number): Promise<void> {
  if (screen.live) await clock.sleep(milliseconds, signal);
  signal.throwIfAborted();
}
