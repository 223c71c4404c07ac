import { describe, expect, it } from 'vitest';
import { factsFrom } from './facts/from-snapshot.ts';
import type { Finding } from './finding.ts';
import { given, unseen } from './known.ts';
import { report } from './report.ts';
import type { PreflightReport } from './report.ts';
import { everyMode } from './rule.ts';
import type { ClusterRule, NodeRule, Rule } from './rule.ts';
import { runRules, unknownAcceptances } from './run.ts';
import { kernelMinNft } from './rules/kernel-min-nft.ts';
import { snapshotOf } from './testing/cluster.ts';
import type { ClusterParts } from './testing/cluster.ts';
import { node } from './testing/node.ts';

const clusterRule: ClusterRule = {
  id: 'whole',
  section: 1,
  scope: 'cluster',
  title: 'something is wrong with the cluster',
  verdicts: everyMode('warn'),
  source: 'none',
  check: () => ({ message: 'Wrong.', fix: 'Right it.' }),
};

const nodeRule: NodeRule = {
  ...clusterRule,
  id: 'each',
  scope: 'node',
  verdicts: { nftables: ['block', 'info'], iptables: 'block' },
  check: ({ node: one }) =>
    given([one.probe.devices], (devices) =>
      devices.includes('bad0') ? { message: `${one.name} is bad.` } : undefined,
    ),
};

const good = 'Inter-|\n lo: 0\n';
const bad = 'Inter-|\n bad0: 0\n';

function run(rules: readonly Rule[], parts: ClusterParts, accept: readonly string[] = []): readonly Finding[] {
  const facts = factsFrom(snapshotOf(parts));
  return runRules(facts, { target: 'nftables', rules, accept: accept.map((rule) => ({ rule, by: 'alice' })) });
}

function summary(found: readonly Finding[]): readonly string[] {
  return found.map(
    ({ rule, node: name, verdict, blocking, direction }) =>
      `${direction} ${rule} ${name ?? '-'} ${verdict} ${blocking}`,
  );
}

describe('runRules', () => {
  it('asks a node rule on every Linux node, a cluster rule once', () => {
    const nodes = [
      node({ name: 'a', probe: { devices: bad } }),
      node({ name: 'b', probe: { devices: good } }),
      node({ name: 'w', os: 'windows', probe: { devices: bad } }),
    ];
    expect(summary(run([clusterRule, nodeRule], { nodes }))).toEqual([
      'forward whole - warn false',
      'forward each a block true',
    ]);
  });

  it('lets nothing unseen pass where the rule could block', () => {
    const [finding] = run([nodeRule], { nodes: [node({ probe: null })] });
    expect(finding).toMatchObject({
      verdict: 'unknown',
      blocking: true,
      message: 'Not known whether something is wrong with the cluster: nobody looked at node n1 itself.',
      fix: expect.stringContaining('spec.preflight.accept') as string,
    });
  });

  it('only warns of what is unseen where the rule cannot block', () => {
    const rule: ClusterRule = { ...clusterRule, check: () => unseen('nobody looked') };
    expect(summary(run([rule], {}))).toEqual(['forward whole - unknown false']);
  });

  it('speaks of the cluster when the nodes cannot be listed', () => {
    expect(summary(run([nodeRule], { nodes: unseen('listing nodes is forbidden') }))).toEqual([
      'forward each - unknown true',
    ]);
  });

  it('keeps an accepted finding, with who accepted it', () => {
    const [finding] = run([nodeRule], { nodes: [node({ probe: { devices: bad } })] }, ['each']);
    expect(finding).toMatchObject({ verdict: 'block', blocking: false, acceptedBy: 'alice' });
  });

  it('takes a rule that stumbles for one that knows nothing', () => {
    const rule: ClusterRule = {
      ...clusterRule,
      verdicts: everyMode('block'),
      check: () => {
        throw new TypeError('spec is a string');
      },
    };
    const [finding] = run([rule], {});
    expect(finding).toMatchObject({
      verdict: 'unknown',
      blocking: true,
      message: expect.stringContaining('spec is a string') as string,
    });
  });

  it('finds on the way back what the way forward does not', () => {
    const rule: NodeRule = { ...nodeRule, verdicts: { iptables: 'block' } };
    const nodes = [node({ probe: { devices: bad } })];
    expect(summary(run([rule], { nodes }))).toEqual(['rollback each n1 block true']);
    expect(summary(run([nodeRule], { nodes }))).toEqual(['forward each n1 block true']);
    expect(summary(run([{ ...rule, onlyForward: true }], { nodes }))).toEqual([]);
  });

  it('exchanges target and origin on the way back', () => {
    const rule: ClusterRule = {
      ...clusterRule,
      verdicts: { iptables: 'block' },
      check: ({ target, from }) => ({ message: `${from} to ${target}.`, fix: '-' }),
    };
    expect(run([rule], {}).map(({ message }) => message)).toEqual(['nftables to iptables.']);
    expect(run([rule], { config: { mode: 'nftables' } })).toEqual([]);
  });

  it('names acceptances of rules that do not exist', () => {
    expect(
      unknownAcceptances(
        [nodeRule],
        [
          { rule: 'eech', by: 'bob' },
          { rule: 'each', by: 'bob' },
        ],
      ),
    ).toEqual(['eech']);
  });
});

describe('report', () => {
  const rules = [clusterRule, nodeRule, kernelMinNft];

  function reported(): PreflightReport {
    const nodes = [
      node({ name: 'a', probe: { devices: bad }, kernel: '4.18.0' }),
      node({ name: 'b', probe: { devices: bad }, kernel: '4.18.0' }),
      node({ name: 'c', probe: { devices: good } }),
    ];
    return report(run(rules, { nodes }), rules);
  }

  it('puts what blocks first, the same finding of many nodes as one', () => {
    const { groups } = reported();
    expect(groups.map(({ rule, nodes }) => `${rule} ${nodes.join(',')}`)).toEqual([
      'kernel-min-nft a,b',
      'each a,b',
      'whole ',
    ]);
    expect(groups[0]?.messages).toMatchObject([{ nodes: ['a', 'b'] }]);
    expect(groups[1]?.messages).toMatchObject([
      { message: 'a is bad.', nodes: ['a'] },
      { message: 'b is bad.', nodes: ['b'] },
    ]);
  });

  it('counts by rule, and names what is blocked', () => {
    const { counts, blockedNodes, clusterBlocked, blocked } = reported();
    expect(counts).toContainEqual({ rule: 'each', verdict: 'block', count: 2, blocking: true });
    expect(counts).toContainEqual({ rule: 'whole', verdict: 'warn', count: 1, blocking: false });
    expect({ blockedNodes, clusterBlocked, blocked }).toEqual({
      blockedNodes: ['a', 'b'],
      clusterBlocked: false,
      blocked: true,
    });
  });
});
