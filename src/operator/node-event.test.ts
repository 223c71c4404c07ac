import { describe, expect, it } from 'vitest';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import { eventOf } from './node-event.ts';
import { nodeMigration, recordWrite } from './testing/facts.ts';

type Phase = NonNullable<NodeMigrationStatus['phase']>;

const stored = nodeMigration('n1', 'm-uid');

function typeOf(status: NodeMigrationStatus, before: NodeMigrationStatus = {}): string | undefined {
  return eventOf(recordWrite('n1', { status, before }), stored)?.type;
}

describe('eventOf', () => {
  it.each<[Phase, string | undefined]>([
    ['Pending', undefined],
    ['Switching', 'Normal'],
    ['Verifying', undefined],
    ['Switched', 'Normal'],
    ['Restoring', 'Warning'],
    ['FellBack', 'Warning'],
    ['Failed', 'Warning'],
    ['RolledBack', 'Normal'],
    ['Stranded', 'Warning'],
    ['Skipped', 'Normal'],
  ])('of a node that enters %s: %s', (phase, type) => {
    expect(typeOf({ phase })).toBe(type);
    expect(typeOf({ phase }, { phase })).toBeUndefined();
  });

  it('does not blame a node that is taken back because of another', () => {
    expect(typeOf({ phase: 'Restoring', result: 'RolledBack' })).toBe('Normal');
    expect(typeOf({ phase: 'Restoring', result: 'Failed' })).toBe('Warning');
  });

  it('warns of a node that was lost on its way back', () => {
    expect(typeOf({ phase: 'Stranded', result: 'RolledBack' })).toBe('Warning');
  });

  it('is silent about a record without a phase', () => {
    expect(typeOf({}, { phase: 'Pending' })).toBeUndefined();
  });

  it('names node, reason and phase, on the stored NodeMigration', () => {
    const status = { phase: 'FellBack', reason: 'AnswersAnotherMode', message: 'back in iptables' } as const;
    expect(eventOf(recordWrite('n1', { status }), stored)).toEqual({
      regarding: { apiVersion: 'proxymode.dev/v1alpha1', kind: 'NodeMigration', metadata: stored.metadata },
      type: 'Warning',
      reason: 'AnswersAnotherMode',
      action: 'FellBack',
      note: 'n1: back in iptables',
    });
  });

  it('falls back to the phase where there is no reason', () => {
    expect(eventOf(recordWrite('n1', { status: { phase: 'Skipped' } }), stored)).toMatchObject({
      reason: 'Skipped',
      note: 'n1: ',
    });
  });
});
