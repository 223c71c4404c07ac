// One simulated node: the machine with its kernel's rules, its kubelet and the pods on it.
import type { KubeObject } from 'kopf-ts';
import type { ProxyMode } from '../../api/fields.ts';
import { NODES, PODS, type ExecRequest } from '../types.ts';
import { createGate, type Gate } from './gate.ts';
import type { Incapacity } from './incapacity.ts';
import type { Exit, KubeProxyProcess, ProcessHost } from './kube-proxy-process.ts';
import { createMachine, type Machine } from './machine.ts';
import { incapacityOf, useModules } from './mode-modules.ts';
import type { Mode } from './modes.ts';
import { execInPod, type ExecProgram } from './pod-exec.ts';
import { isEligibleForTraffic, kernelOf, nodeObject, withCordon, withReadiness, type NodeSpec } from './node-object.ts';
import type { NodeWorld } from './node-world.ts';
import { withoutReadiness, type Pod } from './pod-objects.ts';
import { PodRun, type PodHost } from './pod-run.ts';
import { refreshedAt } from './projection.ts';
import { afterCleaning, afterReset, afterSync, darkTime, isDark, NO_RULES, type Rules } from './rules.ts';
import type { HistoryEntry, SimNode } from './sim-node.ts';

/** kube-proxy killed by the kernel, the commonest reason for a restart nobody asked for. */
const OUT_OF_MEMORY: Exit = { exitCode: 137, reason: 'OOMKilled' };

export class WorldNode implements SimNode {
  readonly name: string;
  readonly ip: string;
  readonly history: HistoryEntry[] = [];
  podDeletions = 0;
  readonly #world: NodeWorld;
  readonly #spec: NodeSpec;
  readonly #incapacities: Map<Mode, Incapacity>;
  readonly #gate: Gate = createGate();
  readonly #phase: number;
  readonly #runs = new Map<string, PodRun>();
  #machine: Machine;
  #program: ExecProgram | undefined;
  #rules: Rules = NO_RULES;
  #kubeletStartedAt: number;
  #monitor = new AbortController();

  constructor(world: NodeWorld, spec: NodeSpec, ip: string) {
    this.#world = world;
    this.#spec = spec;
    this.name = spec.name;
    this.ip = ip;
    this.#incapacities = new Map(Object.entries(spec.cannotRun ?? {}) as [Mode, Incapacity][]);
    this.#machine = createMachine(spec, kernelOf(spec));
    this.#phase = world.random() * world.timings.projection;
    this.#kubeletStartedAt = world.clock.now();
  }

  get machine(): Machine {
    return this.#machine;
  }

  get kubeletRunning(): boolean {
    return this.#gate.open;
  }

  /** The Node as it registers itself. */
  object(): KubeObject {
    const providerID = this.#world.providerID?.(this.name);
    const facts = { version: this.#world.version, ip: this.ip, now: this.#world.clock.now() };
    return nodeObject(this.#spec, providerID === undefined ? facts : { ...facts, providerID });
  }

  runOf(pod: KubeObject): PodRun | undefined {
    return this.#runs.get(pod.metadata.uid ?? '');
  }

  onExec(program: ExecProgram | undefined): void {
    this.#program = program;
  }

  exec(run: PodRun, request: ExecRequest): Promise<number> {
    return execInPod(run, request, {
      machine: this.#machine,
      rules: () => this.#rules.present,
      program: this.#program,
    });
  }

  /** The process that listens in the node's own network. */
  hostProcess(): KubeProxyProcess | undefined {
    return this.#processes().find((process) => process.listening);
  }

  /** A pod was bound to this node. */
  podAdded(pod: Pod): void {
    const run = new PodRun(this.#podHost(), pod);
    this.#runs.set(run.uid, run);
    if (run.isKubeProxy) this.#note('podCreated', pod.metadata.name);
    this.#world.track(run.run());
  }

  /** A pod that has been running for long; started anew when its kube-proxy could not run like that. */
  adoptPod(pod: Pod, startedAt: number): void {
    const run = new PodRun(this.#podHost(), pod);
    this.#runs.set(run.uid, run);
    run.adopt(startedAt);
    this.#world.track(run.run());
  }

  podChanged(pod: Pod, old: Pod | undefined): void {
    if (pod.metadata.deletionTimestamp === undefined || old?.metadata.deletionTimestamp !== undefined) return;
    const run = this.runOf(pod);
    if (run?.isKubeProxy !== false) this.#deleted(pod);
    if (run !== undefined) this.#world.track(run.terminate());
  }

  podGone(pod: Pod): void {
    const run = this.runOf(pod);
    this.#runs.delete(pod.metadata.uid ?? '');
    const counts = run?.isKubeProxy !== false;
    if (counts) this.#note('podGone', pod.metadata.name);
    if (run === undefined || run.terminating) return;
    if (counts) this.#deleted(pod);
    this.#world.track(run.vanish());
  }

  #deleted(pod: Pod): void {
    this.podDeletions += 1;
    this.#note('podDeleted', pod.metadata.name);
  }

  /** The Node object was deleted: the machine counts as gone, and pod garbage collection takes its pods. */
  nodeGone(): void {
    this.#note('removed');
    this.#monitor.abort();
    this.#gate.setOpen(true);
    const runs = [...this.#runs.values()];
    this.#runs.clear();
    this.#rules = afterReset(this.#rules, this.#world.clock.now());
    for (const run of runs) run.cut();
    this.#world.track(this.#collect(runs));
  }

  /** Ends everything on it without a trace: the simulation is over. */
  halt(): void {
    this.#monitor.abort();
    for (const run of this.#runs.values()) run.cut();
    this.#runs.clear();
  }

  setReady(ready: boolean): void {
    if (ready) return this.startKubelet();
    this.#monitor.abort();
    this.#gate.setOpen(false);
    this.#mark('silent');
  }

  stopKubelet(): void {
    if (!this.#gate.open) return;
    this.#gate.setOpen(false);
    this.#monitor = new AbortController();
    this.#world.track(this.#missed(this.#monitor.signal));
  }

  startKubelet(): void {
    if (this.#gate.open) return;
    this.#monitor.abort();
    this.#kubeletStartedAt = this.#world.clock.now();
    this.#gate.setOpen(true);
    this.#mark('ready');
    for (const run of this.#runs.values()) run.publish();
  }

  remove(): void {
    this.#world.store.remove(NODES, { name: this.name }, { force: true });
  }

  rejoin(): void {
    if (this.#world.store.get(NODES, { name: this.name }) !== undefined)
      throw new Error(`node ${this.name} is still in the cluster`);
    this.#gate.setOpen(true);
    this.#kubeletStartedAt = this.#world.clock.now();
    this.#machine = createMachine(this.#spec, kernelOf(this.#spec));
    this.#note('joined');
    this.#world.store.create(NODES, this.object());
  }

  cordon(): void {
    this.#world.store.update(NODES, { name: this.name }, (node) => withCordon(node, true));
  }

  uncordon(): void {
    this.#world.store.update(NODES, { name: this.name }, (node) => withCordon(node, false));
  }

  cannotRun(mode: ProxyMode, incapacity: Incapacity | undefined): void {
    if (incapacity === undefined) this.#incapacities.delete(mode);
    else this.#incapacities.set(mode, incapacity);
  }

  restartKubeProxy(exit: Exit = OUT_OF_MEMORY): void {
    for (const run of this.#runs.values()) run.process?.kill(exit);
  }

  dataplane(): ReturnType<SimNode['dataplane']> {
    const { serving, present } = this.#rules;
    const synced = this.#processes().some((process) => process.synced);
    return { mode: serving, present, synced, frozen: serving !== undefined && !synced, dark: isDark(this.#rules) };
  }

  darkness(): ReturnType<SimNode['darkness']> {
    return { windows: this.#rules.dark, total: darkTime(this.#rules, this.#world.clock.now()) };
  }

  proxyMode(): string | undefined {
    return this.#processes().find((process) => process.answers !== undefined)?.answers;
  }

  #processes(): readonly KubeProxyProcess[] {
    return [...this.#runs.values()].flatMap((run) => run.process ?? []);
  }

  #podHost(): PodHost {
    const { clock, store, timings, closing, decodeConfig, newContainerID } = this.#world;
    return {
      clock,
      store,
      timings,
      closing,
      decodeConfig,
      newContainerID,
      gate: this.#gate,
      hostIP: this.ip,
      kubeProxyVersion: this.#spec.kubeProxyVersion,
      onProcess: (what, pod) => this.#note(what, pod),
      mounted: (configMap, mountedAt) => this.#world.configMaps.asOf(configMap, this.#refreshedAt(mountedAt)),
      process: this.#processHost(),
    };
  }

  #refreshedAt(mountedAt: number): number {
    // A kubelet that is started refreshes everything at once.
    const mounting = Math.max(mountedAt, this.#kubeletStartedAt);
    const rhythm = { period: this.#world.timings.projection, phase: this.#phase, mountedAt: mounting };
    return refreshedAt(this.#world.clock.now(), rhythm);
  }

  #processHost(): ProcessHost {
    const { clock, store, timings, services, random } = this.#world;
    return {
      clock,
      timings,
      services,
      kernel: kernelOf(this.#spec),
      nodeIP: this.ip,
      nodeEligible: () => isEligibleForTraffic(store.get(NODES, { name: this.name })),
      incapacity: (mode) => this.#incapacities.get(mode) ?? incapacityOf(this.#machine.modules, mode),
      jitter: (milliseconds) => milliseconds * (0.9 + 0.2 * random()),
      cleaned: (modes, by) => {
        this.#rules = afterCleaning(this.#rules, modes, clock.now(), by);
        this.#note('rulesCleaned', undefined, by);
      },
      synced: (mode) => {
        this.#rules = afterSync(this.#rules, mode, clock.now());
        useModules(this.#machine.modules, mode);
        this.#note('synced', undefined, mode);
      },
    };
  }

  /** The node controller's part: a silent node is marked, and so are its pods. */
  #mark(state: 'ready' | 'silent'): void {
    const now = this.#world.clock.now();
    this.#note(state === 'ready' ? 'ready' : 'notReady');
    this.#world.store.update(NODES, { name: this.name }, (node) => withReadiness(node, state, now));
    if (state === 'ready') return;
    for (const run of this.#runs.values()) {
      this.#world.store.update(PODS, run.ref, (pod) =>
        pod.metadata.uid === run.uid ? withoutReadiness(pod, now) : pod,
      );
    }
  }

  async #missed(signal: AbortSignal): Promise<void> {
    await this.#world.clock.sleep(this.#world.timings.nodeMonitorGrace, signal);
    if (!signal.aborted && !this.#world.closing.aborted) this.#mark('silent');
  }

  async #collect(runs: readonly PodRun[]): Promise<void> {
    await this.#world.clock.sleep(this.#world.timings.controller, this.#world.closing);
    if (this.#world.closing.aborted) return;
    for (const run of runs) this.#world.store.remove(PODS, run.ref, { uid: run.uid, force: true });
  }

  #note(what: HistoryEntry['what'], pod?: string, mode?: Mode): void {
    this.history.push({
      at: this.#world.clock.now(),
      what,
      ...(pod === undefined ? {} : { pod }),
      ...(mode === undefined ? {} : { mode }),
    });
  }
}
