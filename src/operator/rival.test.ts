import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProxyModeMigration } from '../api/kinds.ts';
import type { MigrationSpec, MigrationStatus } from '../api/migration.ts';
import { flagsOnly, kubeadm, openShift } from '../kubeproxy/fixtures/daemon-sets.ts';
import type { DaemonSetFacts } from '../kubeproxy/locate.ts';
import { migrationFacts } from './observe.ts';
import { rivalOf } from './rival.ts';
import { migration, WHERE } from './testing/facts.ts';

const FOUND = { namespace: 'kube-system', daemonSet: 'kube-proxy', configMap: 'kube-proxy', key: 'config.conf' };
const STARTED = '2026-01-01T12:00:00Z';

type Fields = {
  readonly created?: string;
  readonly spec?: Partial<MigrationSpec>;
  readonly status?: MigrationStatus;
};

function named(name: string, { created = '2026-01-01T00:00:00Z', spec = {}, status = {} }: Fields = {}) {
  return migration({ metadata: { name, uid: `${name}-uid`, creationTimestamp: created }, spec, status });
}

function rival(
  own: ProxyModeMigration,
  others: readonly ProxyModeMigration[],
  daemonSets: readonly DaemonSetFacts[] = [kubeadm],
): string | undefined {
  return rivalOf(migrationFacts(own), WHERE, [...others, own], daemonSets);
}

describe('rivalOf', () => {
  it('finds nobody where there is nobody', () => {
    expect(rival(named('a'), [])).toBeUndefined();
    expect(rivalOf(migrationFacts(named('a')), WHERE, [named('b')], [kubeadm])).toBeUndefined();
  });

  it.each([
    ['the one that was created first', named('z', { created: '2025-12-31T00:00:00Z' })],
    ['of two created in the same second the first by name', named('a')],
    [
      'one that has started, however young',
      named('z', { created: '2027-01-01T00:00:00Z', status: { startedAt: STARTED } }),
    ],
    [
      'one that has started and is paused now',
      named('z', { spec: { paused: true }, status: { startedAt: STARTED, phase: 'Paused' } }),
    ],
    [
      'one that has started and is blocked now',
      named('z', { status: { startedAt: STARTED, phase: 'Blocked', kubeProxy: FOUND } }),
    ],
    ['one that has found the same ConfigMap', named('a', { status: { kubeProxy: FOUND } })],
    [
      'one that names the same DaemonSet',
      named('a', {
        spec: { kubeProxy: { type: 'DaemonSet', daemonSet: { namespace: 'kube-system', name: 'kube-proxy' } } },
      }),
    ],
  ])('lets go first %s', (_, other) => {
    expect(rival(named('m'), [other])).toBe(other.metadata.name);
    expect(rival(other, [named('m')])).toBeUndefined();
  });

  it('lets go first the one that started first', () => {
    const first = named('z', { created: '2026-03-01T00:00:00Z', status: { startedAt: STARTED } });
    const second = named('a', { status: { startedAt: '2026-01-01T12:00:01Z' } });
    expect([rival(first, [second]), rival(second, [first])]).toEqual([undefined, 'z']);
  });

  it.each([
    ['is over', { status: { startedAt: STARTED, finishedAt: STARTED } }],
    ['is only a dry run', { spec: { dryRun: true } }],
    ['is paused and has not started', { spec: { paused: true } }],
    ['is blocked and has not started', { status: { phase: 'Blocked' } }],
    ['found another ConfigMap', { status: { kubeProxy: { ...FOUND, configMap: 'other' } } }],
    ['found another namespace', { status: { kubeProxy: { ...FOUND, namespace: 'other' } } }],
    [
      'names a DaemonSet that does not exist',
      { spec: { kubeProxy: { type: 'DaemonSet', daemonSet: { namespace: 'x', name: 'y' } } } },
    ],
  ] satisfies [string, Fields][])('does not wait for one that %s', (_, fields) => {
    expect(rival(named('m'), [named('a', fields)])).toBeUndefined();
  });

  it('does not wait for one whose kube-proxy cannot be found, or is another', () => {
    expect(rival(named('m'), [named('a')], [flagsOnly])).toBeUndefined();
    const wanted = {
      type: 'DaemonSet' as const,
      daemonSet: { namespace: 'openshift-kube-proxy', name: 'openshift-kube-proxy' },
    };
    const other = named('a', { spec: { kubeProxy: wanted } });
    expect(rival(named('m'), [other], [kubeadm, openShift])).toBeUndefined();
  });

  it('does not take a deleted namesake for itself', () => {
    const own = named('m');
    const namesake = migration({ metadata: { name: 'm', uid: 'older', creationTimestamp: '2025-01-01T00:00:00Z' } });
    expect(rival(own, [namesake])).toBe('m');
  });

  it('lets exactly one of all active ones go on, whatever state they are in', () => {
    const time = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-02T00:00:00Z');
    const fields = fc.record({
      created: time,
      paused: fc.boolean(),
      dryRun: fc.boolean(),
      startedAt: fc.option(time, { nil: undefined }),
      finishedAt: fc.option(time, { nil: undefined, freq: 4 }),
      phase: fc.constantFrom(undefined, 'Pending', 'Blocked', 'Paused', 'Progressing'),
      located: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 6 }), (all) => {
        const migrations = all.map(({ created, paused, dryRun, startedAt, finishedAt, phase, located }, index) => {
          const status = { startedAt, finishedAt, phase, ...(located ? { kubeProxy: FOUND } : {}) };
          return named(`m${index}`, { created, spec: { paused, dryRun }, status });
        });
        const active = all.map(
          ({ paused, dryRun, startedAt, finishedAt, phase }) =>
            finishedAt === undefined && !dryRun && (startedAt !== undefined || (!paused && phase !== 'Blocked')),
        );
        const rivals = migrations.map((own) => rivalOf(migrationFacts(own), WHERE, migrations, [kubeadm]));
        const free = rivals.filter((found, index) => active[index] && found === undefined);
        expect(free).toHaveLength(active.includes(true) ? 1 : 0);
        const waitedFor = rivals.filter((found) => found !== undefined);
        expect(waitedFor.every((name) => active[Number(name.slice(1))])).toBe(true);
      }),
    );
  });
});

describe('migrations of systemd units', () => {
  const ofUnits = { spec: { kubeProxy: { type: 'Systemd' as const } } };

  it('never work at the same time, whichever units they are about', () => {
    expect(rival(named('m', ofUnits), [named('a', ofUnits)], [])).toBe('a');
    expect(rival(named('a', ofUnits), [named('m', ofUnits)], [])).toBeUndefined();
  });

  it('have nothing to do with those of DaemonSets', () => {
    expect(rival(named('m', ofUnits), [named('a')])).toBeUndefined();
    expect(rival(named('m'), [named('a', ofUnits)])).toBeUndefined();
  });
});
