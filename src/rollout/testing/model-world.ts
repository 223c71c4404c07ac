// A cluster small enough to fit in a test's head: pods that start, sync, crash or fall back, a ConfigMap, and records.
// It carries plans out effect by effect, so that a test can end the operator between any two of them.
import { migrationSpec, type MigrationSpec, type MigrationStatus } from '../../api/migration.ts';
import type { ProxyMode } from '../../api/fields.ts';
import { readConfig } from '../../kubeproxy/config-read.ts';
import type { Plan } from '../decision.ts';
import { milliseconds } from '../duration.ts';
import type { LastWords, NodeFacts, NodeRecord, Observed, PodFacts, ProbeFacts } from '../observed.ts';
import { plan } from '../plan.ts';
import { append } from '../readings.ts';
import { grown, type Span } from '../spans.ts';
import { asStored } from '../stored.ts';
import type { AuditResult, NodeTask, TaskResult } from '../node-task.ts';
import type { Done, NodeCheck, Survey } from '../survey.ts';
import type { TrialResult, TrialTask, Tried } from '../trial-task.ts';
import { surveyOf } from './survey-of.ts';

export type Behaviour = 'works' | 'crashes' | 'never-syncs' | 'falls-back' | 'silent';
type Pod = {
  facts: PodFacts;
  mode: string;
  bornAt: number;
  readings: ProbeFacts['readings'];
  asked: ProbeFacts['asked'];
  behaviour: Behaviour;
};
type ModelNode = {
  facts: NodeFacts;
  pod: Pod | undefined;
  behaviour: Partial<Record<string, Behaviour>>;
  deletions: number;
  /** What its preflight would find. */
  check: Partial<NodeCheck>;
  /** What was changed to make it ready, and not put back: names of modules and sysctls. */
  changed: Set<string>;
  /** It has a bridge. */
  bridged: boolean;
  /** What its rules would be found to be. */
  rules: AuditResult;
  /** Why work on it fails. */
  taskProblem: string | undefined;
  /** Why the new mode does not run in a trial; `unknown`: why it cannot be tried. */
  trial: { readonly failed?: string; readonly unknown?: string };
  /** How many trials were made on it. */
  trials: number;
};
const AS_DEMANDED: AuditResult = { services: 2, findings: 0, errors: 0, first: [], isBroken: false };
export type Effect = { readonly name: string; run(): void };

export const CONFIG = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
# chosen in 2021
mode: "iptables"
`;

export class ModelWorld {
  now = Date.UTC(2026, 0, 1);
  config = { text: CONFIG, version: 1 };
  status: MigrationStatus = {};
  spec: MigrationSpec;
  generation = 1;
  finalizer = false;
  deleting = false;
  retry: string | undefined;
  lastWriter: string | undefined;
  readonly nodes = new Map<string, ModelNode>();
  readonly records = new Map<string, NodeRecord>();
  /** Findings about the whole cluster. */
  clusterRules: Done['rules'] = [];
  /** Every look fails with it. */
  lookProblem: string | undefined;
  readonly #surveys = new Map<string, Survey>();
  readonly #tasks = new Map<string, TaskResult>();
  readonly #trials = new Map<string, TrialResult>();
  /** Nodes in transit after each pass, for the budget. */
  mostInTransit = 0;
  effectsRun = 0;
  #uid = 0;
  /** When the operator saw the cluster. */
  #watched: readonly Span[] = [];
  #parsed: { text: string; config: ReturnType<typeof readConfig> } | undefined;

  constructor(nodes: number | readonly string[], spec: Partial<MigrationSpec> & { mode: ProxyMode }) {
    this.spec = migrationSpec.parse(spec);
    const names = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => `n${i + 1}`) : nodes;
    for (const name of names) this.join(name);
  }

  join(name: string, labels: Record<string, string> = {}): ModelNode {
    const facts = {
      name,
      uid: this.#next(),
      ready: true,
      readyChangedAt: this.now,
      controlPlane: name.startsWith('cp'),
      labels,
      system: 'Linux 6.12, Debian 12, amd64',
    };
    const node: ModelNode = {
      facts,
      pod: undefined,
      behaviour: {},
      deletions: 0,
      check: {},
      changed: new Set(),
      bridged: false,
      rules: AS_DEMANDED,
      taskProblem: undefined,
      trial: {},
      trials: 0,
    };
    this.nodes.set(name, node);
    this.#startPod(node);
    return node;
  }

  node(name: string): ModelNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  setReady(name: string, ready: boolean): void {
    const node = this.node(name);
    node.facts = { ...node.facts, ready, readyChangedAt: this.now };
  }

  /** The container ends and is started again by the kubelet, with what the ConfigMap says now. */
  restart(name: string): void {
    const { pod } = this.node(name);
    if (pod === undefined) return;
    pod.facts = { ...pod.facts, restarts: pod.facts.restarts + 1, ended: { exitCode: 137, reason: 'OOMKilled' } };
    pod.mode = this.configMode();
    pod.readings = [];
    pod.asked = [];
    pod.bornAt = this.now;
  }

  replacePod(name: string): void {
    this.node(name).pod = undefined;
  }

  #parse(): ReturnType<typeof readConfig> {
    if (this.#parsed?.text !== this.config.text)
      this.#parsed = { text: this.config.text, config: readConfig(this.config.text) };
    return this.#parsed.config;
  }

  configMode(): string {
    const config = this.#parse();
    return config.kind === 'config' ? config.mode || 'iptables' : 'iptables';
  }

  modes(): Record<string, string | undefined> {
    return Object.fromEntries([...this.nodes].map(([name, { pod }]) => [name, pod?.mode]));
  }

  deletions(): Record<string, number> {
    return Object.fromEntries([...this.nodes].map(([name, { deletions }]) => [name, deletions]));
  }

  phases(): Record<string, string | undefined> {
    return Object.fromEntries([...this.records.values()].map(({ node, status }) => [node, status.phase]));
  }

  ready(): { status: string | undefined; reason: string | undefined } {
    const ready = this.status.conditions?.find(({ type }) => type === 'Ready');
    return { status: ready?.status, reason: ready?.reason };
  }

  plan(): Plan {
    return plan(this.observe());
  }

  /** The requests a plan means, in their order. */
  effects(decided: Plan): Effect[] {
    const { edit } = decided;
    const over = decided.status.finishedAt !== undefined;
    const status = { name: 'status', run: () => void (this.status = plain(decided.status)) };
    if (decided.finalizer === 'hold') return [{ name: 'hold', run: () => void (this.finalizer = true) }];
    return [
      ...(over ? [] : [status]),
      ...decided.records.map((write) => ({
        name: `record ${write.node} ${write.status.phase ?? ''}`,
        run: () =>
          void this.records.set(write.node, {
            node: write.node,
            nodeUID: write.nodeUID,
            resourceVersion: '1',
            status: plain(write.status),
          }),
      })),
      ...(edit === undefined
        ? []
        : [{ name: `edit ${edit.why}`, run: () => this.#edit(edit.text, edit.resourceVersion) }]),
      ...decided.deletePods.map((pod) => ({ name: `delete ${pod.node}`, run: () => this.#deletePod(pod) })),
      ...(over ? [status] : []),
      ...(decided.finalizer === 'release' ? [{ name: 'release', run: () => void (this.finalizer = false) }] : []),
    ];
  }

  /** One pass, then a second goes by. Returns the plan. `upTo` ends the operator after that many effects. */
  step(upTo = Number.POSITIVE_INFINITY): Plan {
    const decided = this.plan();
    for (const effect of this.effects(decided).slice(0, upTo)) {
      effect.run();
      this.effectsRun++;
    }
    const flying = [...this.records.values()].filter(({ status }) =>
      ['Switching', 'Verifying', 'Restoring'].includes(status.phase ?? ''),
    );
    this.mostInTransit = Math.max(this.mostInTransit, flying.length);
    this.tick(decided);
    return decided;
  }

  /** Steps until nothing is asked for any more, at most `steps` times. */
  settle(steps = 400): void {
    for (let i = 0; i < steps; i++) {
      const before = JSON.stringify(this.status);
      const { records, edit, deletePods, probes, survey, tasks, trials, wake, finalizer } = this.step();
      const asked = probes.length + tasks.length + trials.length + (survey === undefined ? 0 : 1);
      const idle = records.length + deletePods.length + asked === 0 && edit === undefined && wake === undefined;
      if (idle && finalizer === 'leave' && JSON.stringify(this.status) === before) return;
    }
  }

  #look({ survey }: Plan): void {
    if (survey === undefined) return;
    const known = this.#surveys.get(survey.question);
    if (known?.kind === 'done' && known.at >= survey.since && survey.nodes === undefined) return;
    if (this.lookProblem !== undefined) {
      this.#surveys.set(survey.question, { kind: 'failing', problem: this.lookProblem });
      return;
    }
    const wanted = [...this.nodes].filter(([name]) => survey.nodes?.includes(name) ?? true);
    const checks = new Map(
      wanted.map(([name, { check, facts, pod }]) => [
        name,
        { ...check, ...(facts.ready && pod !== undefined ? {} : { lookedAt: undefined }) },
      ]),
    );
    this.#surveys.set(survey.question, surveyOf(this.now, checks, this.clusterRules));
  }

  #work(task: NodeTask): void {
    const { id, node: name, since } = task;
    const known = this.#tasks.get(id);
    if (known !== undefined && known.at >= since) return;
    const node = this.node(name);
    if (node.taskProblem !== undefined) {
      this.#tasks.set(id, this.#failedTask(node.taskProblem, known));
      return;
    }
    if (task.kind === 'bridge') node.bridged = true;
    if (task.kind === 'unbridge') node.bridged = false;
    if (task.kind === 'prepare' || task.kind === 'undo') {
      const { modules, sysctls } = task.preparation;
      for (const what of [...modules, ...sysctls.map((one) => one.name)])
        if (task.kind === 'prepare') node.changed.add(what);
        else node.changed.delete(what);
    }
    const audit = task.kind === 'audit' ? { audit: node.rules } : {};
    this.#tasks.set(id, { at: this.now, kind: 'done', notes: [], ...audit });
  }

  #failedTask(problem: string, before: TaskResult | undefined): TaskResult {
    const since = before?.kind === 'failed' ? before.since : this.now;
    return { at: this.now, since, kind: 'failed', problem, refused: false };
  }

  #try({ id, node: name, since }: TrialTask): void {
    const known = this.#trials.get(id);
    if (known !== undefined && known.at >= since) return;
    const node = this.node(name);
    const { failed, unknown } = node.trial;
    node.trials++;
    const tried: Tried = failed === undefined ? { kind: 'passed', firstSync: 1500 } : { kind: 'failed', why: failed };
    const result =
      unknown === undefined
        ? ({ kind: 'done', tried } as const)
        : ({ kind: 'failed', problem: unknown, refused: true } as const);
    this.#trials.set(id, { at: this.now, ...result });
  }

  /** The operator is ended and started again: what it knew without having stored it is gone. */
  forget(): void {
    this.#surveys.clear();
    this.#tasks.clear();
    this.#trials.clear();
    this.#watched = [];
    for (const { pod } of this.nodes.values()) if (pod !== undefined) [pod.readings, pod.asked] = [[], []];
  }

  /** So long (ms) there is no operator. */
  absence(length: number): void {
    this.forget();
    for (const end = this.now + length; this.now < end;) this.#pass(new Set());
  }

  tick(decided?: Plan): void {
    this.#watched = grown(this.#watched, { from: this.now, to: this.now + 1000 }, 0);
    if (decided !== undefined) this.#look(decided);
    for (const task of decided?.tasks ?? []) this.#work(task);
    for (const task of decided?.trials ?? []) this.#try(task);
    const asked = new Set((decided?.probes ?? []).map(({ uid }) => uid));
    this.#pass(asked);
  }

  #pass(asked: ReadonlySet<string>): void {
    this.now += 1000;
    for (const node of this.nodes.values()) if (node.facts.ready) this.#tickNode(node, asked);
  }

  #tickNode(node: ModelNode, asked: ReadonlySet<string>): void {
    const { pod } = node;
    if (pod === undefined) return this.#startPod(node);
    if (pod.facts.deleting) {
      node.pod = undefined;
      return undefined;
    }
    const behaviour = node.behaviour[pod.mode] ?? 'works';
    if (behaviour === 'crashes') {
      const restarts = pod.facts.restarts + 1;
      pod.facts = {
        ...pod.facts,
        running: false,
        restarts,
        waiting: 'CrashLoopBackOff',
        ended: { exitCode: 1, reason: 'Error' },
      };
      pod.mode = this.configMode();
      return undefined;
    }
    if (asked.has(pod.facts.uid) && pod.facts.running)
      pod.asked = grown(pod.asked, { from: this.now - 1000, to: this.now }, 0);
    pod.facts = { ...pod.facts, running: true, waiting: undefined };
    if (asked.has(pod.facts.uid) && behaviour !== 'silent') this.#read(pod, behaviour);
    return undefined;
  }

  #read(pod: Pod, behaviour: Behaviour): void {
    const synced = behaviour !== 'never-syncs' && this.now - pod.bornAt >= 2000;
    pod.readings = append(pod.readings, {
      at: this.now,
      mode: behaviour === 'falls-back' ? 'iptables' : pod.mode,
      version: 'v1.36.3',
      processStart: pod.bornAt,
      lastSync: synced ? { IPv4: pod.bornAt + 1500, IPv6: pod.bornAt + 1500 } : {},
      syncFailures: 0,
    });
  }

  #startPod(node: ModelNode): void {
    const uid = this.#next();
    const facts = {
      name: `kube-proxy-${uid}`,
      uid,
      node: node.facts.name,
      deleting: false,
      running: false,
      restarts: 0,
    };
    node.pod = {
      facts: { ...facts, waiting: 'ContainerCreating', ended: undefined },
      mode: this.configMode(),
      bornAt: this.now,
      readings: [],
      asked: [],
      behaviour: 'works',
    };
  }

  #edit(text: string, resourceVersion: string): void {
    if (resourceVersion === String(this.config.version)) this.config = { text, version: this.config.version + 1 };
  }

  #deletePod(pod: PodFacts): void {
    const node = this.node(pod.node);
    if (node.pod?.facts.uid !== pod.uid || node.pod.facts.deleting) return;
    node.pod.facts = { ...node.pod.facts, deleting: true };
    node.deletions++;
  }

  #next(): string {
    return `u${++this.#uid}`;
  }

  observe(): Observed {
    const config = this.#parse();
    const pods = new Map(
      [...this.nodes].flatMap(([name, { pod }]) => (pod === undefined ? [] : [[name, pod.facts] as const])),
    );
    const find = (facts: PodFacts): Pod | undefined => this.nodes.get(facts.node)?.pod;
    const fatal: LastWords = { line: "can't use the IPVS proxier: ipvs not supported", fatal: true };
    return {
      kind: 'observed',
      now: this.now,
      watched: this.#watched,
      ownNode: undefined,
      migration: {
        name: 'm',
        uid: 'm',
        generation: this.generation,
        deleting: this.deleting,
        hasFinalizer: this.finalizer,
        retry: this.retry,
        spec: this.spec,
        status: this.status,
      },
      rival: undefined,
      kubeProxy: {
        kind: 'located',
        namespace: 'kube-system',
        daemonSet: 'kube-proxy',
        configMap: 'kube-proxy',
        key: 'config.conf',
        container: 'kube-proxy',
        selector: 'k8s-app=kube-proxy',
        image: 'kube-proxy:v1.36.3',
      },
      daemonSetRolling: false,
      configMap: { text: this.config.text, resourceVersion: String(this.config.version), lastWriter: this.lastWriter },
      configMode: config.kind === 'config' ? this.configMode() : undefined,
      configProblem: config.kind === 'problem' ? config.message : undefined,
      metricsPort: 10249,
      featureGates: {},
      nodes: [...this.nodes.values()].map(({ facts }) => facts),
      pods,
      records: this.records,
      probe: (facts) => {
        const { readings, asked } = find(facts) ?? { readings: [], asked: [] };
        return readings.length + asked.length === 0
          ? undefined
          : { podUID: facts.uid, restarts: facts.restarts, readings, asked, page: '', error: undefined };
      },
      survey: (question) => this.#surveys.get(question),
      task: ({ id }) => this.#tasks.get(id),
      trial: ({ id }) => this.#trials.get(id),
      lastWords: (facts) => (facts.ended?.exitCode === 1 ? fatal : { line: '', fatal: false }),
    };
  }

  timeout(): number {
    return milliseconds(this.spec.rollout.nodeTimeout);
  }
}

/** As the API server gives it back. */
function plain<T extends object>(value: T): T {
  return JSON.parse(asStored(value));
}
