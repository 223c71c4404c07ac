import type { Client } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { ago, migration, type MigrationParts } from '../testing/migration.ts';
import { untilGone, untilPhase, type Waiting } from './wait.ts';

/** What each look finds, one after the other; then nothing is there any more. */
function waiting(...looks: readonly (MigrationParts | ProxyModeMigration)[]): Waiting & { readonly told: string[] } {
  const found = [...looks];
  const told: string[] = [];
  const get = async (): Promise<ProxyModeMigration | undefined> => {
    const next = found.shift();
    return next === undefined || 'metadata' in next ? next : migration({ deleting: true, ...next });
  };
  const clock = { now: () => 0, sleep: async () => undefined };
  return {
    client: { get } as unknown as Client,
    signal: new AbortController().signal,
    clock,
    tell: (text) => void told.push(text),
    told,
  };
}

const RUNNING = { status: { message: 'two to go' } };
const OVER = {
  status: { phase: 'RolledBack', finishedAt: ago(1), message: 'over' },
  is: ['Stalled', 'RolledBack'],
} as const;
const STRANDED = {
  status: { phase: 'Failed', message: 'n1 serves neither' },
  is: ['Stalled', 'NodeStranded'],
} as const;
const UNSEEN = { status: { observedGeneration: 0, message: 'old' }, is: ['Stalled', 'NodeFailed'] } as const;

describe('waiting for a migration to go', () => {
  it('ends with 0 once it is gone, and tells each message once', async () => {
    const stay = waiting(RUNNING, RUNNING, { status: { message: 'one to go' } });
    expect(await untilGone(migration(), stay)).toBe(0);
    expect(stay.told).toEqual(['two to go', 'one to go']);
  });

  it('is not misled by what it says in its last moment, nor by what it said before', async () => {
    expect(await untilGone(migration(), waiting(UNSEEN, RUNNING, OVER))).toBe(0);
  });

  it('ends with 2 when a node needs a person', async () => {
    expect(await untilGone(migration(), waiting(RUNNING, STRANDED))).toBe(2);
  });

  it('takes another one of the same name for gone', async () => {
    const other = migration();
    expect(await untilGone(migration(), waiting({ ...other, metadata: { ...other.metadata, uid: 'another' } }))).toBe(
      0,
    );
  });
});

describe('waiting for a phase', () => {
  it.each([
    ['it is reached', [UNSEEN, RUNNING, OVER], 0],
    ['the migration stops elsewhere', [UNSEEN, RUNNING, STRANDED], 2],
    ['the migration is gone', [RUNNING], 0],
  ])('ends when %s', async (_what, looks, code) => {
    expect(await untilPhase(migration(), 'RolledBack', waiting(...looks))).toBe(code);
  });
});
