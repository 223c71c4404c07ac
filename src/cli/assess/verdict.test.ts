import { describe, expect, it } from 'vitest';
import { factsFrom, type PreflightFacts } from '../../preflight/facts/from-snapshot.ts';
import type { FindingGroup } from '../../preflight/report.ts';
import { unseen } from '../../preflight/known.ts';
import { snapshotOf, type ClusterParts } from '../../preflight/testing/cluster.ts';
import { node } from '../../preflight/testing/node.ts';
import { target } from '../testing/assessment.ts';
import { exitCodeOf, isModeInForce, judgeTarget } from './verdict.ts';

function facts(parts: ClusterParts = {}): PreflightFacts {
  return factsFrom(snapshotOf(parts));
}

function found(rule: string, verdict: FindingGroup['verdict'], more: Partial<FindingGroup> = {}): FindingGroup {
  return {
    rule,
    verdict,
    blocking: verdict === 'block' || verdict === 'unknown',
    target: 'nftables',
    direction: 'forward',
    scope: 'cluster',
    section: 1,
    source: 'here',
    nodes: [],
    messages: [],
    ...more,
  };
}

describe('judgeTarget', () => {
  const judge = (...groups: readonly FindingGroup[]): ReturnType<typeof judgeTarget> =>
    judgeTarget('nftables', groups, facts(), false);

  it('is ready when nothing was found', () => {
    expect(judge()).toMatchObject({ verdict: 'ready', summary: 'ready' });
  });

  it('is ready with warnings, and notes do not count', () => {
    expect(judge(found('a', 'warn'), found('b', 'warn'), found('c', 'info'))).toMatchObject({
      verdict: 'ready',
      summary: 'ready, with 2 warnings',
      warnings: 2,
      notes: 1,
    });
  });

  it('is blocked by rules, not by findings: the same on two hundred nodes is one', () => {
    const judged = judge(found('a', 'block'), found('a', 'block', { direction: 'rollback' }), found('b', 'unknown'));
    expect(judged).toMatchObject({
      verdict: 'blocked',
      summary: 'blocked by 1 rule, 1 more could block and cannot tell',
      blockedBy: ['a'],
      undecided: ['b'],
    });
  });

  it('cannot tell when a rule that could block could not', () => {
    expect(judge(found('a', 'unknown'), found('b', 'warn'))).toMatchObject({
      verdict: 'unknown',
      summary: 'cannot tell: nothing blocks that was seen, 1 rule could, 1 warning',
    });
  });

  it('is ready in spite of an unknown that could at most warn', () => {
    expect(judge(found('a', 'unknown', { blocking: false }))).toMatchObject({ verdict: 'ready', undecided: [] });
  });

  it('counts what was accepted', () => {
    const accepted = { blocking: false, acceptedBy: '--accept' };
    expect(judge(found('a', 'block', accepted), found('b', 'unknown', accepted))).toMatchObject({
      verdict: 'ready',
      summary: 'ready, with 2 accepted',
      accepted: ['a', 'b'],
    });
  });

  it('says of the mode in force where it was heard, and when it is only the default', () => {
    const unset = facts({
      config: { mode: '' },
      nodes: [node({ name: 'a' }), node({ name: 'b', mode: unseen('silent') })],
    });
    expect(judgeTarget('iptables', [found('a', 'block')], unset, true)).toMatchObject({
      verdict: 'current',
      summary: 'in force on 1 of 2 nodes, but only as the default: the mode is unset',
      upstream: null,
    });
    const unheard = facts({ nodes: [node({ mode: unseen('silent') })] });
    expect(judgeTarget('iptables', [], unheard, true).summary).toBe('in force by the configuration; no node was heard');
  });
});

describe('isModeInForce', () => {
  const cases: Readonly<Record<string, readonly [boolean, ClusterParts]>> = {
    'is so when configuration and nodes agree': [true, {}],
    'is so when the configuration says it and no node was heard': [true, { nodes: [node({ mode: unseen('silent') })] }],
    'is so where the configuration is out of sight and the nodes say it': [
      true,
      { proxy: null, nodes: [node({ hasPod: false })] },
    ],
    'is not so when one node runs another': [false, { nodes: [node(), node({ name: 'b', mode: 'ipvs' })] }],
    'is not so when the configuration says another': [false, { config: { mode: 'ipvs' } }],
    'is not known when nobody says anything': [
      false,
      { proxy: null, nodes: [node({ hasPod: false, mode: unseen('silent') })] },
    ],
  };

  it.each(Object.entries(cases))('%s', (_, [expected, parts]) => {
    expect(isModeInForce('iptables', facts(parts))).toBe(expected);
  });
});

describe('exitCodeOf', () => {
  it.each([
    [[], 0],
    [['ready', 'current'], 0],
    [['ready', 'unknown'], 3],
    [['unknown', 'blocked', 'ready'], 2],
  ] as const)('of %j is %d', (verdicts, code) => {
    expect(exitCodeOf(verdicts.map((verdict) => target({ verdict })))).toBe(code);
  });
});
