// When this process saw the cluster: while it leads and its watches work. Before it was started it saw nothing, nor while
// the API server was away, nor while the process itself stood still.
import type { Clock } from 'kopf-ts';
import { grown, type Span } from '../rollout/spans.ts';

/** Between two looks (ms). */
const LOOK = 1000;
/** Looks further apart (ms) than this mean that the process stood still. */
const STOOD_STILL = 5000;

export class Sight {
  #spans: readonly Span[] = [];
  #saw = false;

  get spans(): readonly Span[] {
    return this.#spans;
  }

  note(now: number, sees: boolean): void {
    if (sees) this.#spans = grown(this.#spans, { from: now, to: now }, this.#saw ? STOOD_STILL : 0);
    this.#saw = sees;
  }

  async watch(clock: Clock, sees: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.note(clock.now(), sees());
      await clock.sleep(LOOK, signal);
    }
  }
}
