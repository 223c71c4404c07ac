import { describe, expect, it } from 'vitest';
import { migrationSpec, type MigrationSpec } from '../api/migration.ts';
import { factsFrom } from '../preflight/facts/from-snapshot.ts';
import { snapshotOf, type ClusterParts } from '../preflight/testing/cluster.ts';
import { modprobe, node } from '../preflight/testing/node.ts';
import { judging, type Judging } from './judge-survey.ts';

type Spec = Readonly<Record<string, unknown>>;

type Done = ReturnType<Judging['conclude']>;

function judged(parts: ClusterParts, spec: Spec = {}): Done {
  const parsed: MigrationSpec = migrationSpec.parse({ mode: 'nftables', ...spec });
  return judging(factsFrom(snapshotOf(parts)), parsed).conclude(1000);
}

const OLD = node({ name: 'old', kernel: '4.18.0-553.el8.x86_64' });

describe('a judged survey', () => {
  it('counts what stands in the way by rule, and keeps with each node its own findings', () => {
    const { rules, blocking, nodes } = judged({ nodes: [OLD, node({ name: 'new' })] });
    const kernel = rules.find(({ rule }) => rule === 'kernel-min-nft');
    expect(kernel).toMatchObject({ verdict: 'block', blocking: true, nodes: 1 });
    expect(blocking).toBe(new Set(rules.filter((rule) => rule.blocking).map(({ rule }) => rule)).size);
    const has = (name: string): boolean | undefined =>
      nodes.get(name)?.findings.some(({ rule }) => rule === 'kernel-min-nft');
    expect([has('old'), has('new')]).toEqual([true, false]);
  });

  it('shows what was accepted, and does not count it', () => {
    const before = judged({ nodes: [OLD] });
    const { rules, blocking } = judged({ nodes: [OLD] }, { preflight: { accept: ['kernel-min-nft'] } });
    expect(rules.find(({ rule }) => rule === 'kernel-min-nft')).toMatchObject({
      blocking: false,
      accepted: 'spec.preflight.accept',
    });
    expect(blocking).toBe(before.blocking - 1);
  });

  it('blocks a module that could be loaded where nobody shall load it', () => {
    const nodes = [
      node({ name: 'n', probe: { procModules: '', sysctls: '', modprobe: modprobe({ nf_conntrack: 'loadable' }) } }),
    ];
    const verdict = (kernelModules: string): unknown =>
      judged({ nodes }, { preflight: { kernelModules } }).rules.find(({ rule }) => rule === 'conntrack-module')
        ?.verdict;
    expect([verdict('Load'), verdict('Check')]).toEqual(['info', 'block']);
  });

  it('puts what stands in the way first', () => {
    const { rules, blocking } = judged({ nodes: [OLD] });
    expect(blocking).toBeGreaterThan(0);
    const first = rules.findIndex((rule) => !rule.blocking);
    expect(rules.slice(first).some((rule) => rule.blocking)).toBe(false);
  });

  it('stays within what a status can hold, however many nodes there are', () => {
    const many = Array.from({ length: 300 }, (_, index) => node({ name: `n${index}`, kernel: '4.18.0', probe: null }));
    const { rules } = judged({ nodes: many });
    expect(rules.length).toBeLessThanOrEqual(40);
    expect(JSON.stringify(rules).length).toBeLessThan(40_000);
  });
});

describe('what a node needs', () => {
  const probe = {
    procModules: '',
    modprobe: modprobe({ ip_vs: 'loadable', ip_vs_rr: 'loadable', ip_vs_wlc: 'loadable', nf_conntrack: 'loadable' }),
    sysctls: '/proc/sys/net/ipv4/ip_forward:0\n',
  };

  function needs(spec: Spec): unknown {
    return judged({ nodes: [node({ name: 'n', probe })] }, spec).nodes.get('n')?.needs;
  }

  it('for ipvs is its modules, with the scheduler that is asked for, and forwarding', () => {
    expect(needs({ mode: 'ipvs', config: { ipvs: { scheduler: 'wlc' } } })).toEqual({
      modules: ['nf_conntrack', 'ip_vs', 'ip_vs_wlc'],
      sysctls: [{ name: 'net.ipv4.ip_forward', from: '0', to: '1' }],
    });
  });

  it('for nftables is left to the kernel where the kernel can do it', () => {
    expect(needs({ mode: 'nftables' })).toMatchObject({ modules: ['nf_conntrack'] });
  });

  it('is nothing where it shall only be checked', () => {
    expect(needs({ mode: 'ipvs', preflight: { kernelModules: 'Check', sysctls: 'Skip' } })).toEqual({
      modules: [],
      sysctls: [],
    });
  });
});
