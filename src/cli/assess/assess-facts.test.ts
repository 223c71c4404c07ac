import { describe, expect, it } from 'vitest';
import { PROXY_MODES } from '../../api/fields.ts';
import { given, known, unseen } from '../../preflight/known.ts';
import type { Rule } from '../../preflight/rule.ts';
import { snapshotOf, type ClusterParts } from '../../preflight/testing/cluster.ts';
import { node } from '../../preflight/testing/node.ts';
import { assessFacts, type AssessInput } from './assess-facts.ts';
import type { Assessment } from './assessment.ts';

const RULES: readonly Rule[] = [
  {
    id: 'old-kernel',
    section: 7,
    scope: 'node',
    title: 'the kernel is old',
    verdicts: { nftables: 'block' },
    source: 'here',
    check: ({ node: { kernel } }) =>
      given([kernel], ({ major }) => (major < 5 ? { message: 'The kernel is old.', fix: 'upgrade it' } : undefined)),
  },
  {
    id: 'needs-a-look',
    section: 6,
    scope: 'node',
    title: 'there is a firewall',
    verdicts: { ipvs: 'block', nftables: ['warn', 'block'] },
    source: 'here',
    check: ({ node: { probe } }) => given([probe.hostPrograms], () => undefined),
  },
  {
    id: 'worth-knowing',
    section: 9,
    scope: 'cluster',
    title: 'something is different',
    verdicts: { ipvs: 'info', nftables: 'warn' },
    source: 'here',
    check: ({ target }) => ({ message: `In ${target} mode this is different.`, fix: 'know it' }),
  },
];

const NODES = [node({ name: 'new', probe: null }), node({ name: 'old', kernel: '4.18.0', probe: null })];

function assess(parts: ClusterParts = {}, more: Partial<AssessInput> = {}): Assessment {
  const snapshot = snapshotOf({ nodes: NODES, ...parts });
  return assessFacts({
    snapshot,
    asked: { readings: snapshot.readings, unheard: [] },
    targets: PROXY_MODES,
    accept: [],
    server: 'https://api.example:6443',
    context: 'admin',
    now: Date.UTC(2026, 2, 2, 9),
    rules: RULES,
    ...more,
  });
}

describe('assessFacts', () => {
  it('puts the modes side by side', () => {
    expect(
      assess().targets.map(({ mode, verdict, blockedBy, undecided }) => [mode, verdict, blockedBy, undecided]),
    ).toEqual([
      ['iptables', 'current', [], []],
      ['ipvs', 'unknown', [], ['needs-a-look']],
      ['nftables', 'blocked', ['old-kernel'], ['needs-a-look']],
    ]);
  });

  it('says of a finding which nodes it is about, in how many groups, and why it is not known', () => {
    const { findings } = assess({}, { targets: ['nftables'] });
    expect(findings.map(({ rule, verdict, groups }) => [rule, verdict, groups])).toEqual([
      ['old-kernel', 'block', [{ id: 'B', nodes: 1 }]],
      [
        'needs-a-look',
        'unknown',
        [
          { id: 'A', nodes: 1 },
          { id: 'B', nodes: 1 },
        ],
      ],
      ['worth-knowing', 'warn', []],
    ]);
    expect(findings[1]?.messages).toEqual([
      {
        message: 'Not known whether there is a firewall: nobody looked at the node itself.',
        because: 'nobody looked at the node itself',
        fix: expect.any(String),
        nodes: ['new', 'old'],
      },
    ]);
  });

  it('takes acceptances into account, and keeps what was accepted', () => {
    const { targets, findings } = assess({}, { accept: ['old-kernel', 'needs-a-look'], targets: ['nftables'] });
    expect(targets[0]).toMatchObject({ verdict: 'ready', accepted: ['old-kernel', 'needs-a-look'] });
    expect(findings.find(({ rule }) => rule === 'old-kernel')).toMatchObject({
      acceptedBy: '--accept',
      blocking: false,
    });
  });

  it('describes the cluster', () => {
    expect(assess()).toMatchObject({
      schemaVersion: 1,
      assessedAt: '2026-03-02T09:00:00.000Z',
      cluster: { server: 'https://api.example:6443', context: 'admin', version: 'v1.36.3' },
      kubeProxy: {
        place: 'DaemonSet',
        daemonSet: 'kube-system/kube-proxy',
        configMap: 'kube-system/kube-proxy',
        version: 'v1.36.3',
        writtenMode: 'iptables',
        mode: 'iptables',
      },
      nodes: { total: 2, answered: 2 },
    });
  });

  it('uses what the kube-proxies said, not what the snapshot may hold of it', () => {
    const { nodes, targets } = assess(
      {},
      {
        asked: { readings: { new: { proxyMode: known('ipvs'), metrics: known('') } }, unheard: [] },
      },
    );
    expect(nodes).toMatchObject({ total: 2, answered: 1 });
    // One node runs another mode: iptables is not in force, and there is a way back to look at.
    expect(targets[0]).toMatchObject({ mode: 'iptables', verdict: 'unknown', undecided: ['needs-a-look'] });
  });

  it('knows nothing of nodes that could not be listed', () => {
    const { nodes, distribution, targets } = assess({ nodes: unseen('listing nodes is forbidden') });
    expect(nodes).toBeNull();
    expect(distribution).toBeNull();
    expect(targets.map(({ verdict }) => verdict)).toEqual(['current', 'unknown', 'unknown']);
  });

  it('tells a kube-proxy that is nowhere from one that nobody could ask', () => {
    const silent = { proxyMode: unseen('silent'), metrics: unseen('silent') };
    const parts = { proxy: null, nodes: [node({ name: 'a', hasPod: false })] };
    expect(assess(parts, { asked: { readings: { a: silent }, unheard: [] } }).kubeProxy).toMatchObject({
      place: 'Absent',
      version: null,
    });
    expect(assess(parts, { asked: { readings: {}, unheard: [] } }).kubeProxy).toMatchObject({ place: 'Unknown' });
  });
});
