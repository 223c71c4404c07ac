// Metrics in a given registry. Several connections or operators may share one: the second asks for the same metric
// and gets the first's, where prom-client alone would throw.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

type Config<L extends string> = { readonly name: string; readonly help: string; readonly labelNames: readonly L[] };

export function counter<L extends string>(registry: Registry, config: Config<L>): Counter<L> {
  const existing = registry.getSingleMetric(config.name);
  if (existing instanceof Counter) return existing;
  return new Counter<L>({ ...config, labelNames: [...config.labelNames], registers: [registry] });
}

export function gauge<L extends string>(registry: Registry, config: Config<L>): Gauge<L> {
  const existing = registry.getSingleMetric(config.name);
  if (existing instanceof Gauge) return existing;
  return new Gauge<L>({ ...config, labelNames: [...config.labelNames], registers: [registry] });
}

export type Sample<L extends string> = { readonly labels: Record<L, string>; readonly value: number };

const sources = new WeakMap<object, Set<() => readonly Sample<string>[]>>();

/** A gauge whose values are looked up at every scrape. Each call adds one more source of them. */
export function sampledGauge<L extends string>(
  registry: Registry,
  config: Config<L>,
  source: () => readonly Sample<L>[],
): void {
  const existing = registry.getSingleMetric(config.name);
  const shared = existing === undefined ? new Set<() => readonly Sample<string>[]>() : sources.get(existing);
  shared?.add(source);
  if (existing !== undefined || shared === undefined) return;
  const created = new Gauge<L>({
    ...config,
    labelNames: [...config.labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const read of shared) for (const { labels, value } of read()) this.set(labels as Sample<L>['labels'], value);
    },
  });
  sources.set(created, shared);
}

export function histogram<L extends string>(
  registry: Registry,
  config: Config<L> & { readonly buckets: readonly number[] },
): Histogram<L> {
  const existing = registry.getSingleMetric(config.name);
  if (existing instanceof Histogram) return existing;
  const { buckets, labelNames } = config;
  return new Histogram<L>({ ...config, buckets: [...buckets], labelNames: [...labelNames], registers: [registry] });
}
