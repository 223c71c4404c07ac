// Keeps asking the kube-proxies the plan wants to hear of, and keeps what they said. What is kept here is only a
// convenience: a restarted operator asks again.
import type { Duplex } from 'node:stream';
import { ApiError, type Client, type Clock, type Log, messageOf } from 'kopf-ts';
import { isRefused } from '../api/refusal.ts';
import { lastWords } from '../kubeproxy/last-words.ts';
import { Turns } from '../node/turns.ts';
import { append } from '../rollout/readings.ts';
import type { LastWords, PodFacts, ProbeFacts } from '../rollout/observed.ts';
import { grown, type Span } from '../rollout/spans.ts';
import { open, type Answered, type Line } from './ask.ts';
import { remembered } from './remembered.ts';

/** Between two looks into one process; a longer soak does not need them closer. */
const BETWEEN_READINGS = 250;
const BETWEEN_LATER_READINGS = 1000;
const FIRST_RETRY = 200;
/** A kube-proxy that was not running a moment ago listens after so long (ms): a question before that is one in vain. */
const COMING_UP = 400;
const LAST_RETRY = 5000;
/** Questions further apart (ms) are not one long asking: nobody asked between them. */
const NOT_ASKED = 2 * LAST_RETRY;
/** Conversations at the same time: reading 5,000 nodes must not look like an attack to the API server, nor drown us. */
const AT_ONCE = 128;
/** Readings after which a conversation makes room, if others wait. */
const TURN = 12;
const LOG_LINES = 40;
const LOG_BYTES = 65_536;
const LOG_TRIES = 3;

export type Target = {
  readonly namespace: string;
  readonly container: string;
  readonly port: number;
  /** The way to kube-proxies. Without one it leads through their own pods. */
  readonly door?: Door | undefined;
};

export type Door = {
  /**
   * A stream to the port of the node on which this kube-proxy serves its metrics. kube-proxy is on the node's network, so
   * that whatever way is taken leads to the one process that has the port.
   */
  readonly dial: (pod: PodFacts, port: number, options: DialOptions) => Promise<Duplex>;
  /** The end of the log of the run that ended, where it is not that of a pod. */
  readonly lastLines?: (unit: PodFacts) => Promise<string>;
};

export type DialOptions = { readonly timeout: number; readonly signal?: AbortSignal };

type Asked = { readonly pod: PodFacts; readonly target: Target; readonly signal: AbortSignal };

type Process = { readonly facts: ProbeFacts; readonly stop: AbortController | undefined };

export type ProberOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after every change of what is known. */
  readonly changed: () => void;
};

export class Prober {
  readonly #options: ProberOptions;
  readonly #processes = new Map<string, Process>();
  readonly #words = new Map<string, { readonly said: LastWords | undefined; readonly tries: number }>();
  readonly #turns = new Turns(AT_ONCE);
  /** UIDs of pods that were seen before they ran. */
  readonly #notYet = new Set<string>();

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  facts(pod: PodFacts): ProbeFacts | undefined {
    return this.#processes.get(processKey(pod))?.facts;
  }

  lastWords(pod: PodFacts): LastWords | undefined {
    return this.#words.get(endKey(pod))?.said;
  }

  /** From now on exactly these processes are asked. What is known of others is kept as long as they live. */
  ask(pods: readonly PodFacts[], target: Target): void {
    const wanted = new Map(pods.filter((pod) => pod.running && !pod.deleting).map((pod) => [processKey(pod), pod]));
    for (const [key, process] of this.#processes) {
      if (wanted.has(key)) continue;
      process.stop?.abort();
      this.#processes.set(key, { facts: process.facts, stop: undefined });
    }
    for (const [key, pod] of wanted) if (this.#processes.get(key)?.stop === undefined) this.#start(key, pod, target);
  }

  /** Forgets processes that are no more. */
  retain(pods: Iterable<PodFacts>): void {
    const alive = [...pods];
    for (const pod of alive) if (!pod.running) this.#notYet.add(pod.uid);
    const uids = new Set(alive.map(({ uid }) => uid));
    for (const uid of this.#notYet) if (!uids.has(uid)) this.#notYet.delete(uid);
    prune(this.#processes, new Set(alive.map(processKey)), (process) => process.stop?.abort());
    prune(this.#words, new Set(alive.map(endKey)), () => undefined);
  }

  /** Reads why a container ended, once. */
  fetchLastWords(pod: PodFacts, target: Target): void {
    const key = endKey(pod);
    if (this.#words.has(key)) return;
    this.#words.set(key, { said: undefined, tries: 0 });
    void this.#readLog(key, pod, target);
  }

  stop(): void {
    this.retain([]);
  }

  #start(key: string, pod: PodFacts, target: Target): void {
    const stop = new AbortController();
    const known = this.#processes.get(key)?.facts;
    this.#processes.set(key, {
      facts: known ?? { podUID: pod.uid, restarts: pod.restarts, readings: [], asked: [], page: '', error: undefined },
      stop,
    });
    void this.#follow(key, { pod, target, signal: stop.signal });
  }

  async #follow(key: string, asked: Asked): Promise<void> {
    const { clock } = this.#options;
    if (this.#notYet.delete(asked.pod.uid)) await clock.sleep(COMING_UP, asked.signal);
    while (!asked.signal.aborted) {
      const question = { from: clock.now() };
      try {
        await this.#turns.take(() => this.#converse(key, asked, question));
      } catch (error) {
        if (!asked.signal.aborted) this.#failed(key, error, question.from);
      }
      const tries = this.#processes.get(key)?.facts.error?.tries ?? 0;
      await clock.sleep(Math.min(LAST_RETRY, FIRST_RETRY * 1.6 ** tries), asked.signal);
    }
  }

  /** Notes in `question` when it began to ask what it is asking. */
  async #converse(key: string, { pod, target, signal }: Asked, question: { from: number }): Promise<void> {
    // Its turn may have come only after nobody wants to know any more.
    signal.throwIfAborted();
    const { client, clock } = this.#options;
    question.from = clock.now();
    const ref = { name: pod.name, namespace: target.namespace };
    const { door } = target;
    const way: Pick<Client, 'portForward'> =
      door === undefined ? client : { portForward: (_, port, options) => door.dial(pod, port, options) };
    const line: Line = await open(way, ref, target.port, signal);
    const close = (): void => line.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      for (let count = 0; !signal.aborted && !(count >= TURN && this.#turns.isAwaited); count++) {
        this.#heard(key, await line.read(clock.now()), question.from);
        await clock.sleep(count < 20 ? BETWEEN_READINGS : BETWEEN_LATER_READINGS, signal);
        question.from = clock.now();
      }
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }

  #heard(key: string, { reading, page }: Answered, from: number): void {
    const process = this.#processes.get(key);
    if (process === undefined) return;
    const readings = append(process.facts.readings, reading);
    const asked = this.#asked(process.facts, from);
    this.#processes.set(key, { ...process, facts: { ...process.facts, readings, asked, page, error: undefined } });
    this.#options.changed();
  }

  #failed(key: string, cause: unknown, from: number): void {
    const process = this.#processes.get(key);
    if (process === undefined) return;
    const { error } = process.facts;
    const message = messageOf(cause);
    const forbidden = cause instanceof ApiError && isRefused(cause);
    const next = {
      message,
      forbidden,
      since: error?.since ?? this.#options.clock.now(),
      tries: (error?.tries ?? 0) + 1,
    };
    const asked = forbidden ? process.facts.asked : this.#asked(process.facts, from);
    this.#processes.set(key, { ...process, facts: { ...process.facts, asked, error: next } });
    this.#options.log.debug('kube-proxy did not answer', { process: key, error: message });
    this.#options.changed();
  }

  #asked({ asked }: ProbeFacts, from: number): readonly Span[] {
    return grown(asked, { from, to: this.#options.clock.now() }, NOT_ASKED);
  }

  async #readLog(key: string, pod: PodFacts, target: Target): Promise<void> {
    const { client, clock, log } = this.#options;
    const ref = { name: pod.name, namespace: target.namespace };
    const options = { container: target.container, previous: pod.running, tailLines: LOG_LINES, limitBytes: LOG_BYTES };
    for (let tries = 1; this.#words.has(key); tries++) {
      try {
        const lines = (await target.door?.lastLines?.(pod)) ?? (await client.podLog(ref, options));
        const said = lastWords(lines) ?? { line: '', fatal: false };
        this.#say(key, said, tries);
        return;
      } catch (error) {
        log.info('the log of an ended kube-proxy could not be read', { pod: pod.name, error: String(error) });
        if (tries >= LOG_TRIES) {
          this.#say(key, { line: '', fatal: false }, tries);
          return;
        }
      }
      await clock.sleep(FIRST_RETRY * tries);
    }
  }

  #say(key: string, said: LastWords, tries: number): void {
    if (!this.#words.has(key)) return;
    this.#words.set(key, { said, tries });
    this.#options.changed();
  }
}

const processKey = remembered((pod: PodFacts): string => `${pod.uid}/${pod.restarts}`);

/** One end of one container: the words before a restart are others than those after it. */
const endKey = remembered((pod: PodFacts): string => `${processKey(pod)}/${pod.running ? 'previous' : 'last'}`);

function prune<V>(map: Map<string, V>, keep: ReadonlySet<string>, drop: (value: V) => void): void {
  for (const [key, value] of map) {
    if (keep.has(key)) continue;
    drop(value);
    map.delete(key);
  }
}
