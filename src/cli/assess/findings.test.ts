import { describe, expect, it } from 'vitest';
import type { Finding } from '../../preflight/finding.ts';
import type { FindingGroup } from '../../preflight/report.ts';
import type { Rule } from '../../preflight/rule.ts';
import { group } from '../testing/assessment.ts';
import { assessedFinding, withoutOwnName } from './findings.ts';

function onNode(node: string, message: string): Finding {
  return {
    rule: 'r',
    verdict: 'unknown',
    blocking: true,
    target: 'ipvs',
    direction: 'forward',
    scope: 'node',
    node,
    message,
    source: 'here',
  };
}

describe('withoutOwnName', () => {
  it.each([
    ['n1', 'Not known: kube-proxy on node n1 was not asked.', 'Not known: kube-proxy on the node was not asked.'],
    ['n1', 'Something about node n1.', 'Something about the node.'],
    ['n1', 'Something about node n10 and node n1-a.', 'Something about node n10 and node n1-a.'],
    [
      'a.b',
      'Nobody looked at node a.b itself; node axb is another.',
      'Nobody looked at the node itself; node axb is another.',
    ],
    ['n1', 'The label of n1 is n1.', 'The label of n1 is n1.'],
  ])('of %s: %s', (node, message, expected) => {
    expect(withoutOwnName(onNode(node, message)).message).toBe(expected);
  });

  it('leaves findings about the cluster alone', () => {
    const { node: _node, ...finding } = onNode('n1', 'On node n1.');
    expect(withoutOwnName({ ...finding, scope: 'cluster' }).message).toBe('On node n1.');
  });
});

describe('assessedFinding', () => {
  const rules: readonly Rule[] = [
    {
      id: 'r',
      section: 7,
      scope: 'node',
      title: 'it rains',
      verdicts: { ipvs: 'block' },
      source: 'here',
      check: () => undefined,
    },
  ];
  const groups = [
    group({ id: 'A', nodes: ['n1', 'n2'] }),
    group({ id: 'B', nodes: ['n3'] }),
    group({ id: 'C', nodes: ['n4'] }),
  ];
  const found: FindingGroup = {
    rule: 'r',
    section: 7,
    verdict: 'unknown',
    blocking: true,
    target: 'iptables',
    direction: 'rollback',
    scope: 'node',
    source: 'here',
    nodes: ['n1', 'n3'],
    messages: [{ message: 'Not known whether it rains: nobody looked out.', nodes: ['n1', 'n3'] }],
  };

  it('says of which groups how many nodes, and why an unknown is unknown', () => {
    expect(assessedFinding(found, 'ipvs', { rules, groups })).toMatchObject({
      target: 'ipvs',
      direction: 'rollback',
      groups: [
        { id: 'A', nodes: 1 },
        { id: 'B', nodes: 1 },
      ],
      messages: [{ because: 'nobody looked out', nodes: ['n1', 'n3'] }],
    });
  });

  it('has no reason where something was found', () => {
    const hit = {
      ...found,
      verdict: 'block' as const,
      messages: [{ message: 'It rains.', fix: 'umbrella', nodes: ['n1'] }],
    };
    expect(assessedFinding(hit, 'ipvs', { rules, groups }).messages).toEqual([
      { message: 'It rains.', fix: 'umbrella', nodes: ['n1'] },
    ]);
  });
});
