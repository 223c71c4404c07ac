// Looks at the cluster and its nodes once for each question the plan asks, in the background, and keeps the answer. A
// restarted operator looks again.
import { messageOf, type Client, type Clock, type Log } from 'kopf-ts';
import type { MigrationSpec } from '../api/migration.ts';
import type { Wanted } from '../kubeproxy/locate.ts';
import { factsFrom } from '../preflight/facts/from-snapshot.ts';
import type { Known } from '../preflight/known.ts';
import type { KubeProxyAnswers, ProbeOutputs, Snapshot } from '../preflight/facts/snapshot.ts';
import { probeFacts } from '../preflight/facts/probe-facts.ts';
import { known } from '../preflight/known.ts';
import { judging, type Judging } from '../rollout/judge-survey.ts';
import type { Done, Survey, SurveyWish } from '../rollout/survey.ts';
import { inParallel } from './in-parallel.ts';
import { takeSnapshot } from './take-snapshot.ts';

/** Nodes at the same time: a fiftieth of them, within these bounds. */
const AT_ONCE = { least: 16, most: 64, share: 1 / 50 };
const RETRY = 5000;
/** In a row, before it is said: what is over in a moment is nobody's concern. */
const FAILURES = 3;

export type Asked = {
  readonly spec: MigrationSpec;
  readonly wanted: Wanted | undefined;
  /** Names of the nodes to look at. */
  readonly nodes: readonly string[];
  readonly readings: Snapshot['readings'];
  /** The configuration of kube-proxies that is in no ConfigMap. */
  readonly configText?: Known<string> | undefined;
  /** Program and arguments of kube-proxies that are in no DaemonSet. */
  readonly words?: Known<readonly string[]> | undefined;
  /** Adds nodes the API server does not know of. */
  readonly nodesOf?: (nodes: Snapshot['nodes']) => Snapshot['nodes'];
};

export type SurveyorOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** `undefined`: nobody looks at nodes. Rejects with a sentence for a person when the node cannot be looked at. */
  readonly inspect: (node: string, signal: AbortSignal) => Promise<ProbeOutputs | undefined>;
  readonly changed: () => void;
};

type Current = {
  readonly question: string;
  readonly stop: AbortController;
  readonly nodes: readonly string[] | undefined;
};

export class Surveyor {
  readonly #options: SurveyorOptions;
  readonly #known = new Map<string, Survey>();
  #current: Current | undefined;

  constructor(options: SurveyorOptions) {
    this.#options = options;
  }

  survey(question: string): Survey | undefined {
    return this.#known.get(question);
  }

  /** From now on this is wanted, and nothing else is kept. */
  want(wish: SurveyWish | undefined, asked: () => Asked): void {
    for (const question of this.#known.keys()) if (question !== wish?.question) this.#known.delete(question);
    if (this.#current !== undefined && this.#current.question !== wish?.question) {
      this.#current.stop.abort();
      this.#current = undefined;
    }
    if (wish === undefined || this.#current !== undefined) return;
    const due = dueOf(wish, this.#known.get(wish.question));
    if (due?.length === 0) return;
    this.#current = { question: wish.question, stop: new AbortController(), nodes: due };
    void this.#look(this.#current, asked());
  }

  stop(): void {
    this.want(undefined, () => {
      throw new Error('nothing is asked');
    });
  }

  async #look(current: Current, asked: Asked): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = current.stop;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const done = await this.#survey(current, asked);
        // Before anybody hears of it: what is missing still may be asked for at once.
        if (this.#current === current) this.#current = undefined;
        this.#learn(current, done);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const problem = messageOf(error);
        log.warn('the cluster could not be looked at', { problem });
        if (failures >= FAILURES) this.#learn(current, { kind: 'failing', problem });
      }
      await clock.sleep(RETRY, signal);
    }
  }

  async #survey(current: Current, asked: Asked): Promise<Done> {
    const { spec, wanted, nodes, readings, configText, words, nodesOf = (all) => all } = asked;
    const { client, clock } = this.#options;
    const { signal } = current.stop;
    const only = current.nodes === undefined ? undefined : new Set(current.nodes);
    const chosen = only === undefined ? nodes : nodes.filter((node) => only.has(node));
    const snapshot = await takeSnapshot(client, { signal });
    const options = { wanted, configText, words, change: spec.config };
    const facts = factsFrom({ ...snapshot, nodes: nodesOf(snapshot.nodes), readings }, options);
    const judged = judging(facts, spec, only);
    const away = new Map<string, string>();
    let seen = 0;
    const atOnce = Math.min(AT_ONCE.most, Math.max(AT_ONCE.least, Math.ceil(chosen.length * AT_ONCE.share)));
    const lookAt = async (node: string): Promise<void> => {
      const problem = await this.#lookAt(node, judged, signal);
      if (problem === undefined) away.delete(node);
      else away.set(node, problem);
    };
    await inParallel(chosen, atOnce, async (node) => {
      await lookAt(node);
      this.#learn(current, { kind: 'looking', seen: ++seen, of: chosen.length });
    });
    // Once more, when the others are done: what kept a node from answering may be over. What keeps most of them is not.
    if (away.size <= Math.max(atOnce, chosen.length / 2)) await inParallel([...away.keys()], atOnce, lookAt);
    for (const [node, problem] of away)
      judged.judge(node, clock.now(), probeFacts(node, { programs: 'image', outputs: {}, problem }));
    return judged.conclude(clock.now());
  }

  /** Resolves with what kept it from being looked at, if anything did. */
  async #lookAt(node: string, judged: Judging, signal: AbortSignal): Promise<string | undefined> {
    const { clock, inspect, log } = this.#options;
    let outputs: ProbeOutputs | undefined;
    try {
      outputs = await inspect(node, signal);
    } catch (error) {
      signal.throwIfAborted();
      const problem = messageOf(error);
      log.warn('a node could not be looked at', { node, problem });
      return problem;
    }
    judged.judge(node, clock.now(), outputs === undefined ? undefined : probeFacts(node, outputs));
    return undefined;
  }

  #learn({ question, stop, nodes }: Current, survey: Survey): void {
    if (stop.signal.aborted) return;
    const last = this.#known.get(question);
    // While it is looked at again, what was found before still stands, and so does that it failed.
    if (survey.kind === 'looking' && (last?.kind === 'done' || last?.kind === 'failing')) return;
    this.#known.set(question, nodes === undefined ? survey : together(last, survey));
    this.#options.changed();
  }
}

/** undefined: all of them. */
function dueOf({ since, nodes }: SurveyWish, last: Survey | undefined): readonly string[] | undefined {
  if (last?.kind !== 'done') return nodes;
  if (nodes === undefined) return last.at >= since ? [] : undefined;
  return nodes.filter((node) => (last.nodes.get(node)?.lookedAt ?? -1) < since);
}

/** Nodes that were looked at one after the other, for the same question. */
function together(last: Survey | undefined, survey: Survey): Survey {
  if (last?.kind !== 'done' || survey.kind !== 'done') return survey;
  return { ...survey, nodes: new Map([...last.nodes, ...survey.nodes]) };
}

/** What kube-proxies answered, as far as they did. */
export function answersOf(mode: string, page: string): KubeProxyAnswers {
  return { proxyMode: known(mode), metrics: known(page) };
}
