import { describe, expect, it } from 'vitest';
import { assessment, finding, group, target } from '../../testing/assessment.ts';
import type { AssessedFinding, Assessment } from '../assessment.ts';
import { rowsOf } from './rows.ts';

const GROUPS = [
  group({ id: 'A', nodes: ['c1'] }),
  group({ id: 'B', nodes: ['n1', 'n2', 'n3'] }),
  group({ id: 'C', os: 'windows', nodes: ['w1'] }),
];

function rows(findings: readonly AssessedFinding[], more: Partial<Assessment> = {}): ReturnType<typeof rowsOf> {
  return rowsOf(assessment({ findings, nodes: { total: 5, answered: 4, groups: GROUPS }, ...more }));
}

describe('rowsOf', () => {
  it('makes one row of what a rule says about several modes', () => {
    const { told } = rows([
      finding({ target: 'ipvs', verdict: 'warn', blocking: false }),
      finding({ target: 'nftables', verdict: 'block' }),
    ]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      number: 1,
      rule: 'some-rule',
      worst: 'block',
      where: 'cluster',
      cells: { ipvs: { verdict: 'warn', accepted: false }, nftables: { verdict: 'block', accepted: false } },
    });
  });

  it('makes a row of its own of the way back', () => {
    const { told } = rows([finding(), finding({ direction: 'rollback' })]);
    expect(told.map(({ isRollback }) => isRollback)).toEqual([false, true]);
  });

  it('puts first what stands in the way of a mode that is not in force', () => {
    const { told } = rows([
      finding({ rule: 'in-force', target: 'iptables' }),
      finding({ rule: 'note', verdict: 'info', blocking: false }),
      finding({ rule: 'heed', verdict: 'warn', blocking: false }),
      finding({ rule: 'taken', acceptedBy: '--accept', blocking: false }),
      finding({ rule: 'blocks' }),
    ]);
    expect(told.map(({ rule }) => rule)).toEqual(['blocks', 'in-force', 'taken', 'heed', 'note']);
    expect(told.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  });

  it('sorts what is equally grave as reports are sorted', () => {
    const { told } = rows([
      finding({ rule: 'dark-window', section: 9 }),
      finding({ rule: 'kernel-min-nft', section: 7 }),
      finding({ rule: 'config-second-writer', section: 1 }),
    ]);
    expect(told.map(({ rule }) => rule)).toEqual(['config-second-writer', 'kernel-min-nft', 'dark-window']);
  });

  it('shows as accepted what somebody took the responsibility for', () => {
    const { told } = rows([finding({ acceptedBy: '--accept', blocking: false })]);
    expect(told[0]?.cells.nftables).toEqual({ verdict: 'block', accepted: true });
  });

  it.each([
    [[{ id: 'B', nodes: 3 }], 'B'],
    [[{ id: 'B', nodes: 2 }], 'B (2 of 3)'],
    [
      [
        { id: 'A', nodes: 1 },
        { id: 'B', nodes: 3 },
      ],
      'all nodes',
    ],
    [
      [
        { id: 'A', nodes: 1 },
        { id: 'B', nodes: 1 },
      ],
      'A, B (1 of 3)',
    ],
  ])('says where: %j', (groups, where) => {
    expect(rows([finding({ scope: 'node', groups })]).told[0]?.where).toBe(where);
  });

  it('says where the gravest is, not where it is unknown', () => {
    const { told } = rows([
      finding({ scope: 'node', groups: [{ id: 'A', nodes: 1 }] }),
      finding({ scope: 'node', verdict: 'unknown', groups: [{ id: 'B', nodes: 3 }] }),
    ]);
    expect(told[0]).toMatchObject({ where: 'A', worst: 'block' });
  });

  describe('rules that could not tell', () => {
    const unknown = (rule: string, because: string, more: Partial<AssessedFinding> = {}): AssessedFinding =>
      finding({
        rule,
        verdict: 'unknown',
        messages: [{ message: `Not known whether x: ${because}.`, because, nodes: [] }],
        ...more,
      });

    it('are put together by what was not seen, the most first', () => {
      const { told, unknown: found } = rows([
        unknown('a', 'it is dark'),
        unknown('b', 'it is far'),
        unknown('b', 'it is far', { target: 'ipvs' }),
        unknown('c', 'it is far; it is dark'),
      ]);
      expect(told).toEqual([]);
      expect(found).toEqual([
        { because: 'it is dark', counts: { nftables: 2 }, rules: ['a', 'c'] },
        { because: 'it is far', counts: { nftables: 2, ipvs: 1 }, rules: ['b', 'c'] },
      ]);
    });

    it('stand apart when they could at most warn', () => {
      const { unknown: found, harmless } = rows([unknown('a', 'it is dark', { blocking: false })]);
      expect(found).toEqual([]);
      expect(harmless).toEqual([{ because: 'it is dark', counts: { nftables: 1 }, rules: ['a'] }]);
    });

    it('have a row of their own when they could tell for another mode', () => {
      const { told, unknown: found } = rows([unknown('a', 'it is dark'), finding({ rule: 'a', target: 'ipvs' })]);
      expect(told[0]?.cells).toMatchObject({ nftables: { verdict: 'unknown' }, ipvs: { verdict: 'block' } });
      expect(found).toEqual([]);
    });
  });

  it('takes an assessment without nodes', () => {
    const { told } = rows([finding({ scope: 'node' })], { nodes: null, targets: [target()] });
    expect(told[0]?.where).toBe('cluster');
  });
});
