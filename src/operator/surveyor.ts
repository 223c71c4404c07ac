// Looks at the cluster and its nodes once for each question the plan asks, in the background, and keeps the answer. A
// restarted operator looks again.
import type { Client, Clock, Log } from 'kopf-ts';
import type { MigrationSpec } from '../api/migration.ts';
import type { Wanted } from '../kubeproxy/locate.ts';
import { factsFrom } from '../preflight/facts/from-snapshot.ts';
import type { Known } from '../preflight/known.ts';
import type { KubeProxyAnswers, ProbeOutputs, Snapshot } from '../preflight/facts/snapshot.ts';
import { probeFacts } from '../preflight/facts/probe-facts.ts';
import type { ProbeFacts } from '../preflight/facts/probe.ts';
import { known } from '../preflight/known.ts';
import { judge } from '../rollout/judge-survey.ts';
import type { Survey, SurveyWish } from '../rollout/survey.ts';
import { inParallel } from './in-parallel.ts';
import { sharing } from './sharing.ts';
import { takeSnapshot } from './take-snapshot.ts';

/** Nodes at the same time. */
const AT_ONCE = 16;
const RETRY = 5000;

export type Asked = {
  readonly spec: MigrationSpec;
  readonly wanted: Wanted | undefined;
  /** Names of the nodes to look at. */
  readonly nodes: readonly string[];
  readonly readings: Snapshot['readings'];
  /** The configuration of kube-proxies that is in no ConfigMap. */
  readonly configText?: Known<string> | undefined;
};

export type SurveyorOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** `undefined`: nobody looks at nodes. Rejects with a sentence for a person when the node cannot be looked at. */
  readonly inspect: (node: string, signal: AbortSignal) => Promise<ProbeOutputs | undefined>;
  readonly changed: () => void;
};

type Current = { readonly question: string; readonly stop: AbortController };

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
    const last = this.#known.get(wish.question);
    if (last?.kind === 'done' && last.at >= wish.since) return;
    const current = { question: wish.question, stop: new AbortController() };
    this.#current = current;
    void this.#look(current, asked());
  }

  stop(): void {
    this.want(undefined, () => {
      throw new Error('nothing is asked');
    });
  }

  async #look(current: Current, asked: Asked): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = current.stop;
    while (!signal.aborted) {
      try {
        this.#learn(current, await this.#survey(current, asked));
        if (this.#current === current) this.#current = undefined;
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.warn('the cluster could not be looked at', {
          problem: error instanceof Error ? error.message : String(error),
        });
      }
      await clock.sleep(RETRY, signal);
    }
  }

  async #survey(current: Current, asked: Asked): Promise<Survey> {
    const { spec, wanted, nodes, readings, configText } = asked;
    const { client, clock, inspect, log } = this.#options;
    const { signal } = current.stop;
    const snapshot = await takeSnapshot(client, { signal });
    const probed: Record<string, ProbeFacts> = {};
    const share = sharing<ProbeFacts>();
    let seen = 0;
    await inParallel(nodes, AT_ONCE, async (node) => {
      try {
        const outputs = await inspect(node, signal);
        if (outputs !== undefined) probed[node] = share(probeFacts(node, outputs));
      } catch (error) {
        signal.throwIfAborted();
        const problem = error instanceof Error ? error.message : String(error);
        log.warn('a node could not be looked at', { node, problem });
        probed[node] = share(probeFacts(node, { programs: 'image', outputs: {}, problem }));
      }
      this.#learn(current, { kind: 'looking', seen: ++seen, of: nodes.length });
    });
    const options = { wanted, configText, change: spec.config, probed };
    const facts = factsFrom({ ...snapshot, readings }, options);
    return judge(facts, spec, clock.now());
  }

  #learn({ question, stop }: Current, survey: Survey): void {
    if (stop.signal.aborted) return;
    const last = this.#known.get(question);
    // While it is looked at again, what was found before still stands.
    if (last?.kind === 'done' && survey.kind === 'looking') return;
    this.#known.set(question, survey);
    this.#options.changed();
  }
}

/** What kube-proxies answered, as far as they did. */
export function answersOf(mode: string, page: string): KubeProxyAnswers {
  return { proxyMode: known(mode), metrics: known(page) };
}
