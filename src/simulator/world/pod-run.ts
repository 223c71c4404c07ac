// One pod on one node, as its kubelet sees it: Pending, ContainerCreating, Running, restarts with back-off, and the end.
// Straight-line code: every wait goes through the clock and then through the kubelet's gate, so a stopped kubelet
// leaves everything as it is and goes on from there.
import type { Ref } from 'kopf-ts';
import { PODS, type Store } from '../types.ts';
import { containerLog, type LogRequest } from './container-log.ts';
import type { Gate } from './gate.ts';
import { KubeProxyProcess, type Exit, type ProcessHost } from './kube-proxy-process.ts';
import { PodConfig, type ConfigHost } from './pod-config.ts';
import { refOf, type Pod } from './pod-objects.ts';
import { programOf, type Program } from './pod-program.ts';
import { podStatus, type ContainerState, type TerminatedState } from './pod-status.ts';
import { restartDelay, type Timings } from './timings.ts';

/** What a pod finds on its node. */
export type PodHost = ConfigHost & {
  readonly store: Store;
  readonly timings: Timings;
  readonly gate: Gate;
  readonly hostIP: string;
  readonly process: ProcessHost;
  readonly newContainerID: () => string;
  readonly onProcess: (what: 'processStarted' | 'processEnded', pod: string) => void;
  /** Fires when the world ends. */
  readonly closing: AbortSignal;
};

const TERMINATED: Exit = { exitCode: 0, reason: 'Completed' };
const MOUNT_RETRY = { first: 500, limit: 122_000 };

export class PodRun {
  readonly ref: Ref;
  readonly uid: string;
  readonly #host: PodHost;
  readonly #pod: Pod;
  readonly #program: Program;
  /** Ends the restarts; the process is ended separately, a little later. */
  readonly #loop = new AbortController();
  #startTime: number;
  readonly #config: PodConfig;
  #process: KubeProxyProcess | undefined;
  #lastProcess: KubeProxyProcess | undefined;
  #state: ContainerState = { kind: 'waiting', reason: 'ContainerCreating' };
  #last: TerminatedState | undefined;
  #containerID: string | undefined;
  #restarts = 0;
  #deadlineExceeded = false;
  #endsInARow = 0;

  constructor(host: PodHost, pod: Pod) {
    this.#host = host;
    this.#pod = pod;
    this.ref = refOf(pod);
    this.uid = pod.metadata.uid ?? '';
    this.#program = programOf(pod.spec);
    this.#config = new PodConfig(host, this.#program, this.ref.namespace ?? '');
    this.#startTime = host.clock.now();
  }

  /** The kube-proxy that runs in it now. */
  get process(): KubeProxyProcess | undefined {
    return this.#process?.alive === true ? this.#process : undefined;
  }

  get spec(): Pod['spec'] {
    return this.#pod.spec;
  }

  /** Of the one container that matters. */
  get containerName(): string {
    return this.#pod.spec.containers[0]?.name ?? '';
  }

  /** Otherwise it is somebody's pod that just runs. */
  get isKubeProxy(): boolean {
    return this.#program.kind !== 'other';
  }

  get isRunning(): boolean {
    return this.#state.kind === 'running';
  }

  /** Fires when the pod is ended. */
  get ending(): AbortSignal {
    return this.#loop.signal;
  }

  /** Its sandbox is up. */
  get started(): boolean {
    return this.#process !== undefined || this.#state.kind === 'running';
  }

  get terminating(): boolean {
    return this.#loop.signal.aborted;
  }

  /** Takes over a pod that was running before the simulation began. False when its kube-proxy would not run. */
  adopt(startedAt: number): boolean {
    if (!this.#config.mount()) return false;
    const input = this.#config.processInput();
    if (input !== undefined) {
      const process = KubeProxyProcess.adopt(this.#host.process, input, startedAt);
      if (process.plan.kind !== 'proceeds' || process.plan.end.kind !== 'syncs') return false;
      this.#process = process;
      this.#host.process.synced(process.plan.effective);
    }
    this.#startTime = startedAt;
    this.#containerID = this.#host.newContainerID();
    this.#state = { kind: 'running', startedAt };
    this.publish();
    return true;
  }

  /** From Pending until it is terminated; resolves then. */
  async run(): Promise<void> {
    if (this.#state.kind !== 'running' && !(await this.#create())) return;
    if (!this.isKubeProxy) return this.#outlive();
    for (;;) {
      await this.#processEnded();
      if (this.terminating) return this.publish();
      if (!(await this.#backOff())) return;
      this.#restarts += 1;
      if (!(await this.#startContainer())) return;
    }
  }

  /** The pod was deleted: SIGTERM, and when everything is gone the object goes too. */
  async terminate(): Promise<void> {
    if (this.terminating && !this.#deadlineExceeded) return;
    this.#loop.abort();
    if (!(await this.#stopProcess())) return;
    if (!(await this.#wait(this.#host.timings.podRemoval, this.#host.closing))) return;
    this.#host.store.remove(PODS, this.ref, { uid: this.uid, force: true });
  }

  /** The object is gone already (force deletion): the kubelet ends what still runs. */
  async vanish(): Promise<void> {
    if (this.terminating) return;
    this.#loop.abort();
    await this.#stopProcess();
  }

  /** The machine went away: everything ends at once. */
  cut(): void {
    this.#loop.abort();
    this.#process?.kill({ exitCode: 137, reason: 'Error' });
  }

  /** Writes the status as the kubelet knows it. */
  publish(): void {
    if (!this.#host.gate.open || this.#host.closing.aborted) return;
    this.#host.store.update(PODS, this.ref, (stored) => {
      if (stored.metadata.uid !== this.uid) return stored;
      const conditions = (stored as Partial<Pod>).status?.conditions ?? [];
      return { ...stored, status: this.#status(conditions) };
    });
  }

  /** Throws with kubelet's words when there is no such container or run. */
  log(request: LogRequest): string {
    const process = this.#process;
    const last = this.#lastProcess;
    return containerLog(
      {
        pod: this.ref.name,
        container: this.containerName,
        state: this.#state.kind,
        waitingFor: this.#state.kind === 'waiting' ? this.#state.reason : '',
        current: this.#program.kind === 'other' ? () => [] : process && (() => process.log()),
        last: last && (() => last.log()),
      },
      request,
    );
  }

  async #create(): Promise<boolean> {
    if (!(await this.#wait(this.#host.timings.podCreate / 3))) return false;
    this.#startTime = this.#host.clock.now();
    this.publish();
    if (!(await this.#wait((this.#host.timings.podCreate * 2) / 3))) return false;
    for (let delay = MOUNT_RETRY.first; ; delay = Math.min(delay * 2, MOUNT_RETRY.limit)) {
      if (this.#config.mount()) return this.#startContainer();
      if (!(await this.#wait(delay))) return false;
    }
  }

  async #startContainer(): Promise<boolean> {
    if (!(await this.#wait(this.#host.timings.containerStart))) return false;
    const input = this.#config.processInput();
    this.#containerID = this.#host.newContainerID();
    this.#state = { kind: 'running', startedAt: this.#host.clock.now() };
    if (input !== undefined) {
      this.#process = KubeProxyProcess.start(this.#host.process, input);
      this.#host.onProcess('processStarted', this.ref.name);
    }
    this.publish();
    return true;
  }

  /** A container that just runs: until somebody ends the pod, or its deadline does. */
  async #outlive(): Promise<void> {
    const { activeDeadlineSeconds } = this.#pod.spec;
    if (activeDeadlineSeconds === undefined) return aborted(this.#loop.signal);
    const startedAt = this.#host.clock.now();
    if (!(await this.#pause(activeDeadlineSeconds * 1000, this.#loop.signal))) return;
    this.#loop.abort();
    const finishedAt = this.#host.clock.now();
    const end = { exitCode: 137, reason: 'Error', startedAt, finishedAt, containerID: this.#containerID ?? '' };
    this.#state = { kind: 'terminated', ...end };
    this.#deadlineExceeded = true;
    this.publish();
  }

  /** Resolves when the container has ended, or the pod is being terminated. */
  async #processEnded(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return aborted(this.#loop.signal);
    const exit = await process.ended;
    this.#host.onProcess('processEnded', this.ref.name);
    const finishedAt = this.#host.clock.now();
    const { startedAt } = process;
    this.#last = this.#state.kind === 'terminated' ? this.#state : this.#last;
    this.#state = { kind: 'terminated', ...exit, startedAt, finishedAt, containerID: this.#containerID ?? '' };
    this.#lastProcess = process;
    this.#endsInARow = finishedAt - startedAt >= this.#host.timings.backOff.reset ? 1 : this.#endsInARow + 1;
  }

  async #backOff(): Promise<boolean> {
    await this.#host.gate.pass(this.#loop.signal);
    if (this.terminating || this.#state.kind !== 'terminated') return false;
    const terminated = this.#state;
    const delay = restartDelay(this.#endsInARow, this.#host.timings.backOff);
    this.publish();
    this.#last = terminated;
    if (delay === 0) return true;
    const message = `back-off ${goDuration(delay)} restarting failed container=${this.containerName} pod=${this.ref.name}_${this.ref.namespace}(${this.uid})`;
    this.#state = { kind: 'waiting', reason: 'CrashLoopBackOff', message };
    this.publish();
    return this.#pause(delay, this.#loop.signal);
  }

  async #stopProcess(): Promise<boolean> {
    if (!(await this.#wait(this.#host.timings.stop, this.#host.closing))) return false;
    this.#process?.kill(TERMINATED);
    return true;
  }

  #status(conditions: NonNullable<Pod['status']>['conditions'] & {}): Readonly<Record<string, unknown>> {
    return podStatus({
      spec: this.#pod.spec,
      hostIP: this.#host.hostIP,
      startTime: this.#startTime,
      now: this.#host.clock.now(),
      state: this.#state,
      ...(this.#last === undefined ? {} : { last: this.#last }),
      ...(this.#containerID === undefined ? {} : { containerID: this.#containerID }),
      restartCount: this.#restarts,
      deadlineExceeded: this.#deadlineExceeded,
      conditions,
    });
  }

  /** Waits about that long; false when it is no use going on. */
  #wait(milliseconds: number, signal: AbortSignal = this.#loop.signal): Promise<boolean> {
    return this.#pause(this.#host.process.jitter(milliseconds), signal);
  }

  /** Lets time pass, then waits for the kubelet; false when the signal fired meanwhile. */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    await this.#host.clock.sleep(milliseconds, signal);
    await this.#host.gate.pass(signal);
    return !signal.aborted;
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** `10s`, `1m20s`, `5m0s`, as Go prints a duration. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
