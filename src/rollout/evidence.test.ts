import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nodeMigrationStatus } from '../api/node-migration.ts';
import { readMetrics } from '../kubeproxy/metrics.ts';
import { beforeOf, evidenceOf } from './evidence.ts';
import type { PodFacts } from './observed.ts';
import { readingOf } from './readings.ts';

const NOW = Date.UTC(2026, 0, 1);
const POD: PodFacts = {
  name: 'kp',
  uid: 'u',
  node: 'n',
  deleting: false,
  running: true,
  restarts: 0,
  waiting: undefined,
  ended: undefined,
};

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom('NaN', '+Inf', '1e300', '-1', '0.5', 'x'));
const text = fc.string({ unit: 'binary', maxLength: 120 });
const metrics = fc
  .array(
    fc.oneof(
      fc
        .tuple(text, number)
        .map(([family, at]) => `kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="${family}"} ${at}`),
      number.map((at) => `process_start_time_seconds ${at}`),
      number.map((count) => `kubeproxy_sync_proxy_rules_nftables_sync_failures_total ${count}`),
      text.map((version) => `kubernetes_build_info{git_version="v1.36.3${version}"} 1`),
      text,
    ),
    { maxLength: 12 },
  )
  .map((lines) => lines.join('\n'));

it('whatever a node answers makes a record the API server accepts', () => {
  fc.assert(
    fc.property(text, metrics, text, (mode, page, words) => {
      const reading = readingOf(mode, readMetrics(page), NOW);
      const status = { evidence: evidenceOf(POD, [reading], words), before: beforeOf(POD, reading) };
      expect(nodeMigrationStatus.safeParse(status).error?.issues).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

it('times that cannot be are not taken for a sync', () => {
  const page =
    'process_start_time_seconds 100\nkubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1e300';
  expect(readingOf('nftables', readMetrics(page), NOW)).toMatchObject({ processStart: 100_000, lastSync: {} });
});
