import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { counter, sampledGauge } from './metric.ts';
import { createQueueMetrics } from './queue/queue-metrics.ts';
import { createFakeClock } from './testing/fake-clock.ts';

describe('metrics', () => {
  it('may be asked for by several operators with one registry', async () => {
    const registry = new Registry();
    const config = { name: 'things_total', help: 'Things.', labelNames: ['who'] as const };
    counter(registry, config).inc({ who: 'a' });
    counter(registry, config).inc({ who: 'b' });
    const sampled = { name: 'sizes', help: 'Sizes.', labelNames: ['who'] as const };
    sampledGauge(registry, sampled, () => [{ labels: { who: 'a' }, value: 1 }]);
    sampledGauge(registry, sampled, () => [{ labels: { who: 'b' }, value: 2 }]);
    const text = await registry.metrics();
    expect(text).toContain('things_total{who="a"} 1\nthings_total{who="b"} 1');
    expect(text).toContain('sizes{who="a"} 1\nsizes{who="b"} 2');
  });

  it('tell of a queue what waits, what runs and for how long', async () => {
    const clock = createFakeClock();
    const registry = new Registry();
    const metrics = createQueueMetrics(registry, clock, 'widget');
    metrics.added('a');
    metrics.added('b');
    await clock.advance(2000);
    metrics.started('a');
    metrics.started('b');
    await clock.advance(3000);
    metrics.finished('b');
    const text = await registry.metrics();
    for (const line of [
      'workqueue_depth{name="widget"} 0',
      'workqueue_adds_total{name="widget"} 2',
      'workqueue_queue_duration_seconds_sum{name="widget"} 4',
      'workqueue_work_duration_seconds_sum{name="widget"} 3',
      'workqueue_unfinished_work_seconds{name="widget"} 3',
      'workqueue_longest_running_processor_seconds{name="widget"} 3',
    ])
      expect(text).toContain(line);
  });
});
