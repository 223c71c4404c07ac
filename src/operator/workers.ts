// What works for one migration in the background, between its passes: who asks kube-proxies, who looks at the cluster and
// its nodes, and who makes nodes ready. The plan says what is wanted of them; what they find wakes the next pass.
import type { Client, Clock, Log } from 'kopf-ts';
import type { Plan } from '../rollout/decision.ts';
import type { MigrationFacts, Observed, PodFacts } from '../rollout/observed.ts';
import type { WantedUnit } from '../systemd/find-unit.ts';
import { createTasks, type AllTasks } from './all-tasks.ts';
import { createAuditor, type AuditorOptions } from './audit/auditor.ts';
import { createBridges } from './bridges.ts';
import type { NodeAccess } from './node-access.ts';
import type { NodeImages } from './node-images.ts';
import type { Wanted } from '../kubeproxy/locate.ts';
import { isAssist } from '../rollout/assist-spec.ts';
import { oldModeOf } from './observe-units.ts';
import { Prober, type Door, type Target } from './prober.ts';
import type { UnitOrder } from './replace-unit.ts';
import { createServiceObjects } from './service-objects.ts';
import { answersOf, Surveyor, type Asked } from './surveyor.ts';
import { createTrials, type TrialRuns } from './trials.ts';
import { configTextOf, unitDoor, wordsOf } from './unit-door.ts';
import { withListed } from './unit-nodes.ts';
import { UnitWatch } from './unit-watch.ts';

export type Workers = {
  readonly prober: Prober;
  readonly surveyor: Surveyor;
  readonly tasks: AllTasks;
  readonly trials: TrialRuns;
  readonly units: UnitWatch;
  readonly access: NodeAccess;
  readonly images: NodeImages;
  readonly stop: () => void;
};

export type WorkersOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: NodeAccess;
  /** Asked by `nodes`, told what is seen. */
  readonly images: NodeImages;
  /** What the migration says of its units. */
  readonly wantedUnit: () => WantedUnit;
  /** Another one each time. */
  readonly mark: () => string;
  /** Called after every change of what is known. */
  readonly changed: () => void;
};

export function createWorkers({ nodes, images, wantedUnit, mark, ...common }: WorkersOptions): Workers {
  const prober = new Prober(common);
  const surveyor = new Surveyor({ ...common, inspect: nodes.inspect });
  const objects = createServiceObjects(common);
  const dial: AuditorOptions['dial'] = (node, port, how) => nodes.dial(node, port, { ...how, door: 'later' });
  const tasks = createTasks({
    ...common,
    open: nodes.open,
    openToRead: nodes.openToRead,
    bridges: createBridges(objects),
    audit: createAuditor({ objects, clock: common.clock, mark, dial }),
  });
  const trials = createTrials({ ...common, open: nodes.openTrial });
  // Begun by an operator that is no more, perhaps: what it left must not wait until somebody needs a helper again.
  void nodes.tidyUp();
  const units = new UnitWatch({ ...common, open: nodes.openSsh, wanted: wantedUnit });
  return {
    prober,
    surveyor,
    tasks,
    trials,
    units,
    access: nodes,
    images,
    stop: () => {
      prober.stop();
      surveyor.stop();
      tasks.stop();
      trials.stop();
      units.stop();
      nodes.stop();
    },
  };
}

/** From now on exactly what the plan asks for is worked on. */
export function workAsPlanned(workers: Workers, world: Observed, decided: Plan): void {
  const { prober, surveyor, tasks, trials } = workers;
  const { namespace, container } = world.kubeProxy;
  const target: Target = { namespace, container, port: world.metricsPort, door: doorOf(workers, world.migration) };
  prober.retain(world.pods.values());
  prober.ask(decided.probes, target);
  for (const pod of decided.lastWords) prober.fetchLastWords(pod, target);
  surveyor.want(decided.survey, () => askedOf(world, workers.units));
  tasks.want(decided.tasks);
  trials.want(decided.trials);
  for (const { node } of decided.deletePods) void workers.access.expect(node);
}

/** kube-proxy's own pods are gone through only where nothing else leads to nodes: that takes rights among the system's pods. */
function doorOf({ units, access }: Workers, migration: MigrationFacts): Door | undefined {
  if (isOfUnits(migration)) return unitDoor(units, access.openSsh);
  if (migration.spec.nodeAccess.type === 'None') return undefined;
  const door = migration.status.startedAt === undefined ? 'first' : 'later';
  return { dial: ({ node }, port, options) => access.dial(node, port, { ...options, door }) };
}

export function isOfUnits({ spec }: Pick<MigrationFacts, 'spec'>): boolean {
  return spec.kubeProxy?.type === 'Systemd';
}

/** What a unit is told to be replaced with: what the ConfigMap says once this plan's edit is done. */
export function orderFor(unit: PodFacts, { migration, configMode, records }: Observed, { edit }: Plan): UnitOrder {
  const { mode, config } = migration.spec;
  const isTarget = edit === undefined ? configMode === mode : edit.why === 'switch';
  const change = { mode, ...(config === undefined ? {} : { config }) };
  const recorded = records.get(unit.node)?.status.systemd;
  const wish = { aim: isTarget ? 'target' : 'original', change, oldMode: oldModeOf(migration), recorded } as const;
  return { node: unit.node, uid: unit.uid, wish };
}

/** What the API server does not tell of kube-proxies that are units of systemd. */
function ofUnits({ migration, pods }: Observed, units: UnitWatch): Partial<Asked> {
  const nodes = [...pods.keys()];
  return {
    configText: configTextOf(units, nodes),
    words: wordsOf(units, nodes),
    nodesOf: (all) => withListed(all, migration.spec, units),
  };
}

/** Where it was found is where it is judged: whoever makes another DaemonSet with a kube-proxy in it, in another namespace, changes nothing. */
function placeOf({ migration, kubeProxy }: Observed): Wanted {
  const { namespace, daemonSet: name, configMap, key } = kubeProxy;
  return isAssist(migration.spec) ? { namespace, name } : { namespace, name, configMap, key };
}

function askedOf(world: Observed, units: UnitWatch): Asked {
  const { migration, nodes, pods, probe, records } = world;
  const able = nodes.filter(({ name, ready }) => ready && (pods.has(name) || records.has(name)));
  const answers = [...pods].flatMap(([node, pod]) => {
    const facts = probe(pod);
    const last = facts?.readings.at(-1);
    return facts === undefined || last === undefined ? [] : [[node, answersOf(last.mode, facts.page)] as const];
  });
  return {
    spec: migration.spec,
    // Of units it is their words that say where kube-proxy is.
    wanted: isOfUnits(migration) ? undefined : placeOf(world),
    nodes: able.map(({ name }) => name),
    readings: Object.fromEntries(answers),
    ...(isOfUnits(migration) ? ofUnits(world, units) : {}),
  };
}
