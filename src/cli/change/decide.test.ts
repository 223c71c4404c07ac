import { describe, expect, it } from 'vitest';
import { NOW, ago, migration, type MigrationParts } from '../testing/migration.ts';
import { decide, type Verb } from './decide.ts';

const ROLLING_BACK: MigrationParts = {
  status: { phase: 'RollingBack', turnedBack: { at: ago(9), because: 'node n1' } },
  is: ['Reconciling', 'RollingBack'],
};
const CASES = {
  'on its way': {},
  paused: { spec: { paused: true }, status: { phase: 'Paused' }, is: ['none', 'Paused'] },
  'not begun': { status: { phase: 'Pending', startedAt: undefined }, is: ['Reconciling', 'Planning'] },
  blocked: { status: { phase: 'Blocked', startedAt: undefined }, is: ['Stalled', 'PreflightBlocked'] },
  'going back': ROLLING_BACK,
  'giving one node back, with Pause': { ...ROLLING_BACK, spec: { onFailure: 'Pause' } },
  'stopped after a failure': {
    spec: { onFailure: 'Pause' },
    status: { phase: 'Failed', finishedAt: ago(5), turnedBack: { at: ago(9), because: 'node n1' } },
    is: ['Stalled', 'NodeFailed'],
  },
  'rolled back': {
    status: { phase: 'RolledBack', finishedAt: ago(5), turnedBack: { at: ago(9), because: 'node n1' } },
    is: ['Stalled', 'RolledBack'],
  },
  succeeded: { status: { phase: 'Succeeded', finishedAt: ago(5) }, is: ['Ready', 'Succeeded'] },
  'deleted already': { deleting: true },
} as const satisfies Readonly<Record<string, MigrationParts>>;

type Case = keyof typeof CASES;

function outcome(verb: Verb, name: Case): string {
  const decision = decide(verb, migration(CASES[name]), NOW);
  switch (decision.kind) {
    case 'patch':
      return `patch ${JSON.stringify(decision.patch)}${decision.until === undefined ? '' : `, until ${decision.until}`}`;
    case 'delete':
      return decision.patch === undefined ? 'delete' : `patch ${JSON.stringify(decision.patch)}, delete`;
    case 'nothing':
      return 'so already';
    case 'refused':
      return 'refused';
  }
}

const PAUSE = 'patch {"spec":{"paused":true}}';
const TO_ROLLBACK = 'patch {"spec":{"onFailure":"Rollback"}}';
const TO_PAUSE = 'patch {"spec":{"onFailure":"Pause"}}';
const RETRY = 'patch {"metadata":{"annotations":{"proxymode.dev/retry":"2026-03-02T09:00:00.000Z"}}}';

describe.each<[Verb, Readonly<Record<Case, string>>]>([
  [
    'pause',
    {
      'on its way': PAUSE,
      paused: 'so already',
      'not begun': PAUSE,
      blocked: PAUSE,
      'going back': PAUSE,
      'giving one node back, with Pause': PAUSE,
      'stopped after a failure': 'refused',
      'rolled back': 'refused',
      succeeded: 'refused',
      'deleted already': 'refused',
    },
  ],
  [
    'resume',
    {
      'on its way': 'so already',
      paused: 'patch {"spec":{"paused":false}}',
      'not begun': 'so already',
      blocked: 'so already',
      'going back': 'so already',
      'giving one node back, with Pause': 'so already',
      'stopped after a failure': 'so already',
      'rolled back': 'so already',
      succeeded: 'so already',
      'deleted already': 'refused',
    },
  ],
  [
    'retry',
    {
      'on its way': 'refused',
      paused: 'refused',
      'not begun': 'refused',
      blocked: RETRY,
      'going back': 'refused',
      'giving one node back, with Pause': 'refused',
      'stopped after a failure': RETRY,
      'rolled back': RETRY,
      succeeded: 'refused',
      'deleted already': 'refused',
    },
  ],
  [
    'rollback',
    {
      'on its way': 'delete',
      paused: 'delete',
      'not begun': 'refused',
      blocked: 'refused',
      'going back': 'so already',
      'giving one node back, with Pause': `${TO_ROLLBACK}, until RolledBack`,
      'stopped after a failure': `${TO_ROLLBACK}, until RolledBack`,
      'rolled back': 'so already',
      succeeded: 'refused',
      'deleted already': 'refused',
    },
  ],
  [
    'abort',
    {
      'on its way': `${TO_PAUSE}, delete`,
      paused: `${TO_PAUSE}, delete`,
      'not begun': 'delete',
      blocked: 'delete',
      'going back': `${TO_PAUSE}, delete`,
      'giving one node back, with Pause': 'delete',
      'stopped after a failure': 'refused',
      'rolled back': 'refused',
      succeeded: 'refused',
      'deleted already': 'refused',
    },
  ],
])('%s', (verb, expected) => {
  it.each(Object.entries(expected) as [Case, string][])('a migration that is %s: %s', (name, what) => {
    expect(outcome(verb, name)).toBe(what);
  });
});

it('a rollback in mid-flight makes sure that switched nodes are taken back, too', () => {
  const decision = decide('rollback', migration({ spec: { onFailure: 'Pause' } }), NOW);
  expect(decision).toMatchObject({ kind: 'delete', patch: { spec: { onFailure: 'Rollback' } } });
});

it('says how to go back from a migration that has succeeded', () => {
  expect(decide('rollback', migration(CASES.succeeded as MigrationParts), NOW)).toMatchObject({
    why: expect.stringContaining('apply another ProxyModeMigration with spec.mode') as string,
  });
});
