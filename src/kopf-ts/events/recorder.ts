// Posts events in the background. Recording never blocks, never throws: an event that cannot be posted is counted and
// logged, and a handler's work goes on. The same event within six minutes becomes a series: one object, counted up.
import type { Registry } from 'prom-client';
import { ApiError, ConnectionDestroyed, messageOf } from '../errors.ts';
import { whenAborted } from '../linked-signal.ts';
import { counter } from '../metric.ts';
import { microTime } from '../micro-time.ts';
import { refOf } from '../resource-key.ts';
import type { Client, Clock, EventInput, Log, Ref } from '../types.ts';
import { eventObject, EVENTS, seriesKey, type Reporter } from './event-object.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** client-go's finishTime: a repetition later than this (ms) is a new event. */
const SERIES_ENDS_AFTER = 6 * 60_000;
const BURST = 25;
const REFILL_EVERY = 300_000;
/** More than this waiting means that the API server is not keeping up; newer events are dropped. */
const MOST_WAITING = 1000;
/** Posted at the same time: a hundred nodes that move at once must not make each other's events late. */
const AT_ONCE = 4;

export type Recorder = {
  record(input: EventInput): void;
  /** Resolves when everything recorded so far is posted or given up, or the signal fires. */
  flush(signal: AbortSignal): Promise<void>;
};

export type RecorderParts = {
  readonly client: Pick<Client, 'create' | 'mergePatch'>;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly registry: Registry;
  /** No event leaves once it fires. */
  readonly signal: AbortSignal;
};

/** `taken` from when it waits until it is posted: what happens meanwhile is counted into the next post. */
type Series = { readonly input: EventInput; count: number; last: number; ref: Ref | undefined; taken: boolean };

export function createRecorder(parts: RecorderParts): Recorder {
  const { client, reporter, clock, random, log, signal } = parts;
  const outcomes = counter(parts.registry, {
    name: 'kopf_events_total',
    help: 'Events by what became of them: posted, repeated (counted up in a series), discarded (rate limit), failed.',
    labelNames: ['outcome'],
  });
  const seriesByKey = new Map<string, Series>();
  const buckets = new Map<string, TokenBucket>();
  const waiting: Series[] = [];
  const posting = new Set<Promise<void>>();

  function forgetOld(now: number): void {
    for (const [key, series] of seriesByKey)
      if (now - series.last >= SERIES_ENDS_AFTER && !series.taken) seriesByKey.delete(key);
    if (buckets.size > MOST_WAITING) buckets.clear();
  }

  function mayPost(input: EventInput, now: number): boolean {
    const key = input.regarding.metadata.uid ?? input.regarding.metadata.name;
    const bucket = buckets.get(key) ?? createTokenBucket(BURST, REFILL_EVERY);
    buckets.set(key, bucket);
    return waiting.length < MOST_WAITING && bucket.take(now);
  }

  async function post(series: Series): Promise<void> {
    const { count, ref } = series;
    const lastObservedTime = microTime(series.last);
    if (ref !== undefined) {
      await client.mergePatch(EVENTS, ref, { series: { count, lastObservedTime } }, { signal });
      outcomes.inc({ outcome: 'repeated' });
    } else {
      const suffix = `${Math.floor(clock.now()).toString(16)}${Math.floor(random() * 2 ** 24)
        .toString(16)
        .padStart(6, '0')}`;
      const event = eventObject(series.input, reporter, series.last, suffix);
      const created = await client.create(
        EVENTS,
        count > 1 ? { ...event, series: { count, lastObservedTime } } : event,
        { signal },
      );
      series.ref = refOf(created);
      outcomes.inc({ outcome: 'posted' });
    }
  }

  async function postAll(): Promise<void> {
    for (let series = waiting.shift(); series !== undefined; series = waiting.shift()) {
      if (signal.aborted) return;
      const { count } = series;
      try {
        await post(series);
      } catch (error) {
        // Nothing leaves any more, and nobody need be told so.
        if (signal.aborted || error instanceof ConnectionDestroyed) return;
        // The event has expired (they live for an hour) or was deleted: the next repetition creates a new one.
        if (error instanceof ApiError && error.status === 404) series.ref = undefined;
        outcomes.inc({ outcome: 'failed' });
        log.warn('an event could not be posted', {
          reason: series.input.reason,
          problem: messageOf(error),
        });
      }
      series.taken = false;
      if (series.count > count) enqueue(series);
    }
  }

  function enqueue(series: Series): void {
    if (series.taken || signal.aborted) return;
    if (!mayPost(series.input, clock.now())) {
      outcomes.inc({ outcome: 'discarded' });
      return;
    }
    series.taken = true;
    waiting.push(series);
    if (posting.size >= AT_ONCE) return;
    const lane = postAll().finally(() => void posting.delete(lane));
    posting.add(lane);
  }

  return {
    record(input) {
      const now = clock.now();
      forgetOld(now);
      const key = seriesKey(input);
      const series = seriesByKey.get(key) ?? { input, count: 0, last: now, ref: undefined, taken: false };
      seriesByKey.set(key, series);
      series.count += 1;
      series.last = now;
      enqueue(series);
    },
    async flush(until) {
      using gaveUp = whenAborted(until);
      while (posting.size > 0 && !until.aborted) await Promise.race([Promise.all(posting), gaveUp.promise]);
    },
  };
}
