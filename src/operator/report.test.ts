import type { EventInput } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import type { MigrationStatus } from '../api/migration.ts';
import { Reporter } from './report.ts';
import { createFakeClient, refused, type Answer } from './testing/fake-client.ts';
import { migration } from './testing/facts.ts';

const COUNTS = { total: 3, pending: 2, inFlight: 1, switched: 0, fellBack: 0, failed: 0, rolledBack: 0, skipped: 0 };
const READY = {
  type: 'Ready',
  status: 'False',
  reason: 'Progressing',
  message: '0 of 3 switched',
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const;

const current: MigrationStatus = {
  observedGeneration: 1,
  phase: 'Progressing',
  message: '0 of 3 switched',
  progress: '0/3',
  nodes: COUNTS,
  conditions: [READY],
};

type Desk = {
  readonly clock: FakeClock;
  readonly written: readonly unknown[];
  readonly events: readonly EventInput[];
  /** Reports `next` where `before` is what the cache shows. */
  report(next: MigrationStatus, before?: MigrationStatus): Promise<number | undefined>;
  forget(): void;
};

function desk(answer?: Answer): Desk {
  const clock = createFakeClock();
  const client = createFakeClient(answer);
  const events: EventInput[] = [];
  const reporter = new Reporter();
  return {
    clock,
    written: client.sent,
    events,
    report: (next, before = current) =>
      reporter.report(migration({ status: before }), next, {
        client,
        clock,
        event: (event) => void events.push(event),
      }),
    forget: () => reporter.forget('m'),
  };
}

/** A desk that has written counters just now. */
async function busyDesk(): Promise<Desk> {
  const busy = desk();
  await busy.report({ ...current, progress: 'first' });
  return busy;
}

describe('a report', () => {
  it('is one apply of the status, under the version that was observed', async () => {
    const { report, written } = desk();
    const next = { ...current, phase: 'Succeeded' } as const;
    expect(await report(next)).toBeUndefined();
    expect(written).toMatchObject([
      {
        verb: 'apply',
        resource: 'proxymodemigrations/status',
        name: 'm',
        body: {
          apiVersion: 'proxymode.dev/v1alpha1',
          kind: 'ProxyModeMigration',
          metadata: { name: 'm', resourceVersion: '7' },
          status: next,
        },
      },
    ]);
  });

  it('is made for a migration that has no status yet', async () => {
    const { report, written, events } = desk();
    await report({ phase: 'Pending' }, undefined);
    expect(written).toHaveLength(1);
    expect(events).toHaveLength(1);
  });

  it('is not made when nothing has changed', async () => {
    const { report, written, events } = desk();
    const same: MigrationStatus = { ...current, nodes: { ...COUNTS }, conditions: [{ ...READY }] };
    expect(await report(same)).toBeUndefined();
    expect([written, events]).toEqual([[], []]);
  });

  it('takes an undefined member for an absent one, at any depth', async () => {
    const { report, written } = desk();
    const next = {
      ...current,
      config: undefined,
      finishedAt: undefined,
      conditions: [{ ...READY, observedGeneration: undefined }],
    };
    await report(next);
    await report(current, next);
    expect(written).toEqual([]);
  });

  it('drops what is undefined now but was there', async () => {
    const { report, written } = desk();
    const config = { originalMode: 'iptables', original: 'mode: iptables' };
    await report({ ...current, config: undefined }, { ...current, config });
    expect(written).toHaveLength(1);
  });
});

describe('counters and sentences', () => {
  const later: [string, Partial<MigrationStatus>][] = [
    ['nodes', { nodes: { ...COUNTS, switched: 1 } }],
    ['progress', { progress: '1/3' }],
    ['message', { message: '1 of 3 switched' }],
    ['inFlight', { inFlight: ['n2'] }],
    ['failures', { failures: [{ node: 'n1', result: 'Failed', message: 'no' }] }],
    ['a condition’s message', { conditions: [{ ...READY, message: '1 of 3 switched' }] }],
  ];

  it('are written at once when nothing was written for two seconds', async () => {
    const { report, written } = desk();
    expect(await report({ ...current, progress: '1/3' })).toBeUndefined();
    expect(written).toHaveLength(1);
  });

  it.each(later)('wait for their turn: %s', async (_, change) => {
    const { report, written, clock } = await busyDesk();
    await clock.advance(500);
    expect(await report({ ...current, ...change })).toBe(1500);
    expect(written).toHaveLength(1);
    await clock.advance(1499);
    expect(await report({ ...current, ...change })).toBe(1);
    await clock.advance(1);
    expect(await report({ ...current, ...change })).toBeUndefined();
    expect(written).toHaveLength(2);
  });

  it('wait for each migration by itself, and no longer once it is forgotten', async () => {
    const { report, written, forget } = await busyDesk();
    forget();
    expect(await report({ ...current, progress: '1/3' })).toBeUndefined();
    expect(written).toHaveLength(2);
  });

  it('do not wait for a write that failed', async () => {
    let broken = true;
    const { report, written } = desk(() => {
      if (broken) throw refused(500);
    });
    await expect(report({ ...current, progress: '1/3' })).rejects.toThrow('HTTP 500');
    broken = false;
    expect(await report({ ...current, progress: '1/3' })).toBeUndefined();
    expect(written).toHaveLength(2);
  });
});

describe('what a person or a pipeline acts on', () => {
  it.each<[string, Partial<MigrationStatus>]>([
    ['phase', { phase: 'RollingBack' }],
    ['startedAt', { startedAt: '2026-01-01T00:00:00Z' }],
    ['finishedAt', { finishedAt: '2026-01-01T00:00:00Z' }],
    ['attempt', { attempt: 2 }],
    ['observedGeneration', { observedGeneration: 2 }],
    ['config', { config: { originalMode: 'iptables', original: 'mode: iptables' } }],
    ['plan', { plan: { diff: '', order: ['n1'] } }],
    ['a condition’s status', { conditions: [{ ...READY, status: 'True' }] }],
    ['a condition’s reason', { conditions: [{ ...READY, reason: 'GivingBack' }] }],
    ['another condition', { conditions: [READY, { ...READY, type: 'Stalled' }] }],
  ])('is written at once: %s', async (_, change) => {
    const { report, written } = await busyDesk();
    expect(await report({ ...current, ...change })).toBeUndefined();
    expect(written).toHaveLength(2);
  });
});

describe('the event of a change of phase', () => {
  const stalled = { ...READY, type: 'Stalled', status: 'True' } as const;

  it.each<[string, MigrationStatus, Partial<EventInput>]>([
    [
      'a step on the way',
      { phase: 'Paused', message: 'spec.paused is set', conditions: [{ ...READY, reason: 'Paused' }] },
      { type: 'Normal', reason: 'Paused', action: 'Paused', note: 'spec.paused is set' },
    ],
    [
      'a rollback',
      { phase: 'RollingBack', conditions: [{ ...READY, reason: 'GivingBack' }] },
      { type: 'Warning', reason: 'GivingBack', action: 'RollingBack', note: '' },
    ],
    [
      'a stop',
      { phase: 'Blocked', message: 'no right', conditions: [{ ...READY, reason: 'Forbidden' }, stalled] },
      { type: 'Warning', reason: 'Forbidden', action: 'Blocked', note: 'no right' },
    ],
    [
      'a condition that is not stalled',
      { phase: 'Succeeded', conditions: [{ ...stalled, status: 'False' }] },
      { type: 'Normal', reason: 'Progressing', action: 'Succeeded', note: '' },
    ],
  ])('tells of %s', async (_, next, event) => {
    const { report, events } = desk();
    await report(next);
    expect(events).toEqual([
      {
        regarding: {
          apiVersion: 'proxymode.dev/v1alpha1',
          kind: 'ProxyModeMigration',
          metadata: migration().metadata,
        },
        ...event,
      },
    ]);
  });

  it('is not told when only words have changed, nor when the write failed', async () => {
    const quiet = desk();
    await quiet.report({ ...current, message: 'other words' });
    expect(quiet.events).toEqual([]);
    const broken = desk(() => {
      throw refused(409);
    });
    await expect(broken.report({ ...current, phase: 'Succeeded' })).rejects.toMatchObject({ status: 409 });
    expect(broken.events).toEqual([]);
  });
});
