import { expect, it } from 'vitest';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import type { Stand } from './decision.ts';
import type { Member } from './member.ts';
import { migrationStatus } from './status.ts';

const frame = { now: 5000, generation: 7, previous: {} };

function member(name: string, status: NodeMigrationStatus): Member {
  return {
    name,
    node: undefined,
    pod: undefined,
    probe: undefined,
    lastWords: undefined,
    selected: true,
    recorded: true,
    status,
  };
}

it.each<[Stand['kind'], Record<string, string>]>([
  ['done', { Ready: 'True', Reconciling: 'False', Stalled: 'False' }],
  ['progressing', { Ready: 'False', Reconciling: 'True', Stalled: 'False' }],
  ['suspended', { Ready: 'False', Reconciling: 'False', Stalled: 'False' }],
  ['stalled', { Ready: 'False', Reconciling: 'False', Stalled: 'True' }],
])('a migration that is %s has the conditions kstatus expects', (kind, expected) => {
  const stand: Stand = { kind, phase: 'Progressing', reason: 'Progressing', message: 'm' };
  const { conditions } = migrationStatus(frame, stand, [], {});
  expect(Object.fromEntries((conditions ?? []).map(({ type, status }) => [type, status]))).toEqual(expected);
  expect(conditions?.every(({ observedGeneration }) => observedGeneration === 7)).toBe(true);
});

it('a condition keeps its transition time while its status stays', () => {
  const stand: Stand = { kind: 'progressing', phase: 'Progressing', reason: 'Progressing', message: 'a' };
  const first = migrationStatus(frame, stand, [], {});
  const later = migrationStatus({ now: 9000, generation: 7, previous: first }, { ...stand, kind: 'done' }, [], {});
  const times = Object.fromEntries(
    (later.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
  );
  expect(times).toEqual({
    Ready: '1970-01-01T00:00:09Z',
    Reconciling: '1970-01-01T00:00:09Z',
    Stalled: '1970-01-01T00:00:05Z',
  });
});

it('stays below 50 kB with 5,000 failing nodes of the longest names, and keeps the true totals', () => {
  const long = 'n'.repeat(248);
  const nodes = Array.from({ length: 5000 }, (_, i) =>
    member(`${long}${i}`, { phase: i % 2 === 0 ? 'Failed' : 'Verifying', result: 'Failed', message: 'x'.repeat(1024) }),
  );
  const stand: Stand = { kind: 'progressing', phase: 'RollingBack', reason: 'GivingBack', message: 'y'.repeat(5000) };
  const previous = {
    config: { originalMode: 'iptables', original: 'z'.repeat(4096) },
    plan: { diff: 'd'.repeat(4096), order: nodes.slice(0, 10).map(({ name }) => name) },
  };
  const status = migrationStatus({ ...frame, previous }, stand, nodes, {});
  expect(status.nodes).toMatchObject({ total: 5000, failed: 5000, inFlight: 2500 });
  expect(status.failures).toHaveLength(10);
  expect(JSON.stringify(status).length).toBeLessThan(50_000);
});
