// What can be seen of the caches from outside. client-go has no stable names for these; ours begin with kopf_cache_.
import type { Registry } from 'prom-client';
import { counter, sampledGauge, type Sample } from '../metric.ts';
import { resourceName } from '../resource-key.ts';
import type { Resource } from '../types.ts';

export type CacheMetrics = {
  listed(resource: Resource): void;
  failed(resource: Resource, reason: string): void;
};

export type CacheFigures = { readonly resource: Resource; readonly objects: number; readonly lastContact: number };

/** `figures` is asked at every scrape. `lastContact` in seconds. */
export function createCacheMetrics(registry: Registry, figures: () => readonly CacheFigures[]): CacheMetrics {
  const lists = counter(registry, {
    name: 'kopf_cache_lists_total',
    help: 'Complete lists read, by resource. More than one means that watching had to start over.',
    labelNames: ['resource'],
  });
  const failures = counter(registry, {
    name: 'kopf_cache_watch_failures_total',
    help: 'Lists and watches that failed or broke off, by resource and reason (BrokenStream: an event could not be parsed).',
    labelNames: ['resource', 'reason'],
  });
  sampledGauge(
    registry,
    { name: 'kopf_cache_objects', help: 'Objects held, by resource.', labelNames: ['resource'] },
    () =>
      byResource(
        figures(),
        (figure) => figure.objects,
        (a, b) => a + b,
      ),
  );
  sampledGauge(
    registry,
    {
      name: 'kopf_cache_last_contact_seconds',
      help: 'Seconds since the API server was last heard of, by resource (the most silent cache of each).',
      labelNames: ['resource'],
    },
    () => byResource(figures(), (figure) => figure.lastContact, Math.max),
  );
  return {
    listed: (resource) => lists.inc({ resource: resourceName(resource) }),
    failed: (resource, reason) => failures.inc({ resource: resourceName(resource), reason }),
  };
}

function byResource(
  figures: readonly CacheFigures[],
  pick: (figure: CacheFigures) => number,
  combine: (a: number, b: number) => number,
): readonly Sample<'resource'>[] {
  const values = new Map<string, number>();
  for (const figure of figures) {
    const resource = resourceName(figure.resource);
    const before = values.get(resource);
    values.set(resource, before === undefined ? pick(figure) : combine(before, pick(figure)));
  }
  return Array.from(values, ([resource, value]) => ({ labels: { resource }, value }));
}
