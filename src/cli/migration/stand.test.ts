import { describe, expect, it } from 'vitest';
import { ANNOTATION_RETRY } from '../../api/names.ts';
import { ago, migration, type MigrationParts } from '../testing/migration.ts';
import { exitCodeOf, isSettled, reasonOf, standOf } from './stand.ts';

const STALLED: MigrationParts = { status: { phase: 'Failed' }, is: ['Stalled', 'NodeFailed'] };
const OVER: MigrationParts = { status: { phase: 'RolledBack', finishedAt: ago(1) }, is: ['Stalled', 'RolledBack'] };

describe('where a migration stands', () => {
  it.each<[string, MigrationParts, string, number, boolean]>([
    ['nobody has seen', { status: { conditions: undefined } }, 'new', 0, false],
    [
      'has a newer spec than was seen',
      { status: { observedGeneration: 0 }, is: ['Ready', 'Succeeded'] },
      'new',
      0,
      false,
    ],
    ['is on its way', {}, 'moving', 0, false],
    ['is paused', { status: { phase: 'Paused' }, is: ['none', 'Paused'] }, 'waiting', 0, false],
    ['needs a person', STALLED, 'stalled', 2, true],
    ['is rolled back', OVER, 'stalled', 2, true],
    ['has succeeded', { status: { phase: 'Succeeded' }, is: ['Ready', 'Succeeded'] }, 'done', 0, true],
    ['is being deleted and needs a person', { ...STALLED, deleting: true }, 'stalled', 2, true],
    ['is being deleted and over', { ...OVER, deleting: true }, 'stalled', 2, false],
  ])('one that %s', (_what, parts, stand, code, settled) => {
    const of = migration(parts);
    expect(standOf(of)).toBe(stand);
    expect(exitCodeOf(standOf(of))).toBe(code);
    expect(isSettled(of)).toBe(settled);
  });

  it('is not settled while a retry waits to be seen', () => {
    const stopped = migration(STALLED);
    const { metadata, status } = stopped;
    const asked = { ...stopped, metadata: { ...metadata, annotations: { [ANNOTATION_RETRY]: 'now' } } };
    expect(isSettled(asked)).toBe(false);
    expect(isSettled({ ...asked, status: { ...status, handledRetry: 'now' } })).toBe(true);
  });

  it('has the reason of its condition', () => {
    expect(reasonOf(migration(STALLED))).toBe('NodeFailed');
    const { status: _none, ...unseen } = migration();
    expect(reasonOf(unseen)).toBe('');
  });
});
