// What works for one migration in the background, between its passes: who asks kube-proxies, who looks at the cluster and
// its nodes, and who makes nodes ready. The plan says what is wanted of them; what they find wakes the next pass.
import type { Client, Clock, Log } from 'kopf-ts';
import type { Plan } from '../rollout/decision.ts';
import type { Observed } from '../rollout/observed.ts';
import { changeNode } from './change-node.ts';
import type { NodeAccess } from './node-access.ts';
import { NodeTasks } from './node-tasks.ts';
import { wantedOf } from './observe.ts';
import { Prober, type Target } from './prober.ts';
import { answersOf, Surveyor, type Asked } from './surveyor.ts';

export type Workers = {
  readonly prober: Prober;
  readonly surveyor: Surveyor;
  readonly tasks: NodeTasks;
  readonly stop: () => void;
};

export type WorkersOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: NodeAccess;
  /** Called after every change of what is known. */
  readonly changed: () => void;
};

export function createWorkers({ nodes, ...common }: WorkersOptions): Workers {
  const prober = new Prober(common);
  const surveyor = new Surveyor({ ...common, inspect: nodes.inspect });
  const tasks = new NodeTasks({ ...common, open: nodes.open, perform: changeNode });
  return {
    prober,
    surveyor,
    tasks,
    stop: () => {
      prober.stop();
      surveyor.stop();
      tasks.stop();
    },
  };
}

/** From now on exactly what the plan asks for is worked on. */
export function workAsPlanned({ prober, surveyor, tasks }: Workers, world: Observed, decided: Plan): void {
  const { namespace, container } = world.kubeProxy;
  const target: Target = { namespace, container, port: world.metricsPort };
  prober.retain(world.pods.values());
  prober.ask(decided.probes, target);
  for (const pod of decided.lastWords) prober.fetchLastWords(pod, target);
  surveyor.want(decided.survey, () => askedOf(world));
  tasks.want(decided.tasks);
}

function askedOf({ migration, nodes, pods, probe, records }: Observed): Asked {
  const able = nodes.filter(({ name, ready }) => ready && (pods.has(name) || records.has(name)));
  const answers = [...pods].flatMap(([node, pod]) => {
    const facts = probe(pod);
    const last = facts?.readings.at(-1);
    return facts === undefined || last === undefined ? [] : [[node, answersOf(last.mode, facts.page)] as const];
  });
  return {
    spec: migration.spec,
    wanted: wantedOf(migration),
    nodes: able.map(({ name }) => name),
    readings: Object.fromEntries(answers),
  };
}
