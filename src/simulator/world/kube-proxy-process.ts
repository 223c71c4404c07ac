// One run of kube-proxy on a node, from its start to its end: it lives through a StartPlan in time and changes the node's
// rules on the way. It knows no Kubernetes objects; the kubelet starts and ends it, streams.ts lets others talk to it.
import type { Duplex } from 'node:stream';
import type { Clock } from 'kopf-ts';
import type { DecodedConfig } from './kube-proxy-config.ts';
import { logLines, type Stage } from './kube-proxy-log.ts';
import type { PageReading } from './kube-proxy-pages.ts';
import type { KubeProxyTraits } from './kube-proxy-traits.ts';
import { effectOf, type Incapacity } from './incapacity.ts';
import { FAMILIES, type Family, type Mode } from './modes.ts';
import { planStart, type StartPlan } from './start-plan.ts';
import type { Timings } from './timings.ts';

/** What a process finds on its node. The kernel's rules are the node's, not the process's: they outlive it. */
export type ProcessHost = {
  readonly clock: Clock;
  readonly timings: Timings;
  readonly services: number;
  readonly kernel: string;
  readonly nodeIP: string;
  readonly nodeEligible: () => boolean;
  readonly incapacity: (mode: Mode) => Incapacity | undefined;
  /** Spreads durations so that nodes do not move in step. */
  readonly jitter: (milliseconds: number) => number;
  readonly cleaned: (modes: readonly Mode[], by: Mode) => void;
  readonly synced: (mode: Mode) => void;
};

export type Exit = { readonly exitCode: number; readonly reason: 'Error' | 'Completed' | 'OOMKilled' };

const FAILED: Exit = { exitCode: 1, reason: 'Error' };
const OUT_OF_MEMORY: Exit = { exitCode: 137, reason: 'OOMKilled' };
/** How often a process that cannot find its Node looks again, in milliseconds. */
const HANG_POLL = 5000;
/** The second family is synced after the first and has less to write. */
const SECOND_FAMILY_SHARE = 0.2;

export type ProcessInput = {
  readonly version: string;
  readonly traits: KubeProxyTraits;
  readonly config: DecodedConfig;
};

export class KubeProxyProcess {
  readonly startedAt: number;
  readonly plan: StartPlan;
  /** Resolves when the process has ended, however. */
  readonly ended: Promise<Exit>;
  readonly #host: ProcessHost;
  readonly #input: ProcessInput;
  readonly #stages: Stage[] = [];
  readonly #abort = new AbortController();
  readonly #syncedAt: Partial<Record<Family, number>> = {};
  readonly #resolveEnded: (exit: Exit) => void;
  readonly #rejectEnded: (defect: unknown) => void;
  #streams: Set<Duplex> | undefined;
  #queuedAt = 0;
  #failures = 0;
  #listening = false;
  #alive = true;

  private constructor(host: ProcessHost, input: ProcessInput, startedAt: number) {
    this.#host = host;
    this.#input = input;
    this.startedAt = startedAt;
    this.#queuedAt = startedAt;
    this.plan = planStart({
      traits: input.traits,
      config: input.config,
      kernel: host.kernel,
      incapacity: host.incapacity,
    });
    const { promise, resolve, reject } = Promise.withResolvers<Exit>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#rejectEnded = reject;
  }

  /** Starts now. */
  static start(host: ProcessHost, input: ProcessInput): KubeProxyProcess {
    const process = new KubeProxyProcess(host, input, host.clock.now());
    process.#enter('started');
    // Nothing in it throws but a defect of the world, which must not pass for a running process.
    process.#run().then(
      (exit) => {
        if (exit !== undefined) process.#finish(exit);
      },
      (defect: unknown) => process.#rejectEnded(defect),
    );
    return process;
  }

  /** One that was started before the simulation began and has long synced. Its plan must end in `syncs`. */
  static adopt(host: ProcessHost, input: ProcessInput, startedAt: number): KubeProxyProcess {
    const process = new KubeProxyProcess(host, input, startedAt);
    const { cleanup, checks, informers } = host.timings;
    const listeningAt = startedAt + cleanup + checks;
    process.#stages.push({ kind: 'started', at: startedAt }, { kind: 'listening', at: listeningAt });
    process.#queuedAt = listeningAt + informers;
    for (const family of FAMILIES) process.#syncedAt[family] = listeningAt + informers + 100;
    process.#listening = true;
    return process;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether connections to its ports are accepted. */
  get listening(): boolean {
    return this.#alive && this.#listening;
  }

  /** Whether this run has programmed every family. */
  get synced(): boolean {
    return FAMILIES.every((family) => this.#syncedAt[family] !== undefined);
  }

  /** What /proxyMode answers; undefined while nobody would answer. */
  get answers(): string | undefined {
    return this.listening && this.plan.kind === 'proceeds' ? this.plan.answers : undefined;
  }

  /** Ends it from outside: SIGTERM from the kubelet, the kernel's OOM killer. Its rules stay. */
  kill(exit: Exit): void {
    this.#finish(exit);
  }

  /** A stream that breaks when the process ends. */
  hold(stream: Duplex): void {
    this.#streams ??= new Set();
    this.#streams.add(stream);
    stream.once('close', () => this.#streams?.delete(stream));
  }

  log(): readonly string[] {
    const { version, traits } = this.#input;
    return logLines({ plan: this.plan, traits, version, nodeIP: this.#host.nodeIP, stages: this.#stages });
  }

  /** Everything its HTTP pages are made of; undefined unless it listens. */
  reading(): PageReading | undefined {
    if (!this.listening || this.plan.kind === 'rejected') return undefined;
    return {
      ...this.#input,
      effective: this.plan.effective,
      answers: this.plan.answers,
      startedAt: this.startedAt,
      queuedAt: this.#queuedAt,
      syncedAt: this.#syncedAt,
      failures: this.#failures,
      services: this.#host.services,
      now: this.#host.clock.now(),
      nodeEligible: this.#host.nodeEligible(),
    };
  }

  /** Resolves with the exit when it ends by itself, with undefined when it was killed. */
  async #run(): Promise<Exit | undefined> {
    if (!(await this.#pass(this.#host.timings.cleanup / 2))) return undefined;
    if (this.plan.kind === 'rejected') {
      this.#enter('rejected');
      return FAILED;
    }
    if (!(await this.#pass(this.#host.timings.cleanup / 2))) return undefined;
    this.#enter('cleaned');
    if (this.plan.cleans.length > 0) this.#host.cleaned(this.plan.cleans, this.plan.effective);
    if (!(await this.#pass(this.#host.timings.checks))) return undefined;
    return this.#afterChecks(this.plan);
  }

  async #afterChecks(plan: Extract<StartPlan, { kind: 'proceeds' }>): Promise<Exit | undefined> {
    switch (plan.end.kind) {
      case 'exits':
        this.#enter('fatal');
        return FAILED;
      case 'killed':
        return OUT_OF_MEMORY;
      case 'hangs':
        while (this.#suffers(plan.effective, 'hangs')) if (!(await this.#pass(HANG_POLL))) return undefined;
        break;
      case 'neverSyncs':
      case 'syncs':
    }
    this.#listening = true;
    this.#enter('listening');
    if (!(await this.#pass(this.#host.timings.informers))) return undefined;
    await this.#sync(plan.effective);
    return undefined;
  }

  /** Syncs, trying again every syncPeriod for as long as the node cannot; returns when both families are programmed. */
  async #sync(mode: Mode): Promise<void> {
    const duration = this.#host.jitter(this.#host.timings.firstSync(this.#host.services, mode));
    this.#queuedAt = this.#host.clock.now();
    while (this.#suffers(mode, 'neverSyncs')) {
      this.#failures += 1;
      for (const family of FAMILIES) this.#stages.push({ kind: 'syncFailed', family, at: this.#host.clock.now() });
      if (!(await this.#pass(this.#host.timings.syncRetry))) return;
    }
    if (!(await this.#pass(duration))) return;
    this.#programmed('IPv4');
    this.#host.synced(mode);
    if (await this.#pass(duration * SECOND_FAMILY_SHARE)) this.#programmed('IPv6');
  }

  #programmed(family: Family): void {
    const at = this.#host.clock.now();
    this.#syncedAt[family] = at;
    this.#stages.push({ kind: 'synced', family, at });
  }

  /** Asked again and again, so that a node can be repaired under a running kube-proxy. */
  #suffers(mode: Mode, kind: 'hangs' | 'neverSyncs'): boolean {
    const incapacity = this.#host.incapacity(mode);
    return incapacity !== undefined && effectOf(incapacity, this.#input.traits)?.kind === kind;
  }

  /** Lets time pass; false when the process ended meanwhile. */
  async #pass(milliseconds: number): Promise<boolean> {
    await this.#host.clock.sleep(milliseconds, this.#abort.signal);
    return this.#alive;
  }

  #enter(kind: 'started' | 'rejected' | 'cleaned' | 'fatal' | 'listening'): void {
    this.#stages.push({ kind, at: this.#host.clock.now() });
  }

  #finish(exit: Exit): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#abort.abort();
    for (const stream of this.#streams ?? []) stream.destroy();
    this.#resolveEnded(exit);
  }
}
