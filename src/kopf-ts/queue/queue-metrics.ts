// client-go's workqueue metrics under client-go's names.
import type { Registry } from 'prom-client';
import { counter, gauge, histogram, sampledGauge } from '../metric.ts';
import type { Clock } from '../types.ts';

export type QueueMetrics = {
  added(key: string): void;
  started(key: string): void;
  finished(key: string): void;
  retried(): void;
};

/** Powers of ten from 10 ns to 1000 s, as client-go has them. */
const BUCKETS = Array.from({ length: 12 }, (_unused, index) => 10 ** (index - 8));

export function createQueueMetrics(registry: Registry, clock: Clock, name: string): QueueMetrics {
  const labels = { name };
  const waitingSince = new Map<string, number>();
  const runningSince = new Map<string, number>();
  const depth = gauge(registry, config('workqueue_depth', 'Keys waiting in the queue.'));
  const adds = counter(registry, config('workqueue_adds_total', 'Keys added to the queue.'));
  const retries = counter(registry, config('workqueue_retries_total', 'Keys added again after a failure.'));
  const waited = histogram(registry, {
    ...config('workqueue_queue_duration_seconds', 'How long keys waited.'),
    buckets: BUCKETS,
  });
  const worked = histogram(registry, {
    ...config('workqueue_work_duration_seconds', 'How long passes took.'),
    buckets: BUCKETS,
  });
  const seconds = (since: number): number => (clock.now() - since) / 1000;
  const ages = (): number[] => Array.from(runningSince.values(), seconds);
  const unfinished = config(
    'workqueue_unfinished_work_seconds',
    'Seconds of work under way that is not yet in work_duration.',
  );
  sampledGauge(registry, unfinished, () => [{ labels, value: ages().reduce((sum, age) => sum + age, 0) }]);
  const longest = config(
    'workqueue_longest_running_processor_seconds',
    'How long the longest pass under way has taken so far.',
  );
  sampledGauge(registry, longest, () => [{ labels, value: Math.max(0, ...ages()) }]);

  return {
    added(key) {
      adds.inc(labels);
      waitingSince.set(key, clock.now());
      depth.set(labels, waitingSince.size);
    },
    started(key) {
      waited.observe(labels, seconds(waitingSince.get(key) ?? clock.now()));
      waitingSince.delete(key);
      depth.set(labels, waitingSince.size);
      runningSince.set(key, clock.now());
    },
    finished(key) {
      worked.observe(labels, seconds(runningSince.get(key) ?? clock.now()));
      runningSince.delete(key);
    },
    retried: () => retries.inc(labels),
  };
}

function config(
  name: string,
  help: string,
): { readonly name: string; readonly help: string; readonly labelNames: readonly ['name'] } {
  return { name, help, labelNames: ['name'] };
}
