import { describe, expect, it } from 'vitest';
import { migrationSpec } from '../api/migration.ts';
import { factsFrom } from '../preflight/facts/from-snapshot.ts';
import { valueOr } from '../preflight/known.ts';
import { snapshotOf } from '../preflight/testing/cluster.ts';
import { modprobe, node, type NodeParts } from '../preflight/testing/node.ts';
import { judging } from './judge-survey.ts';
import { needsOf } from './needs.ts';
import type { Needs } from './survey.ts';

const LACKING = {
  procModules: 'nf_tables 1 0 - Live\n',
  modprobe: modprobe({ nf_conntrack: 'loadable', nft_fib_ipv4: 'loadable', nft_fib: 'loadable' }),
  sysctls: '/proc/sys/net/ipv4/ip_forward:0\n',
};

function needs(parts: NodeParts): Needs | undefined {
  const facts = factsFrom(snapshotOf({ nodes: [node(parts)] }));
  const [first] = valueOr(facts.nodes, []);
  return first && needsOf(first, facts, migrationSpec.parse({ mode: 'nftables' }));
}

describe('what is changed on a node before its turn', () => {
  it('is what nobody else would load, and what is not set', () => {
    expect(needs({ probe: LACKING })).toEqual({
      modules: ['nf_conntrack'],
      sysctls: [{ name: 'net.ipv4.ip_forward', from: '0', to: '1' }],
    });
  });

  it('is also a module the kernel would ask for by an alias that leads nowhere', () => {
    expect(needs({ probe: { ...LACKING, modprobeBlacklist: 'blacklist nft-fib-ipv4\n' } })?.modules).toEqual([
      'nf_conntrack',
      'nft_fib_ipv4',
    ]);
  });

  it('is nothing where nothing lasts, and the rules say what to change instead', () => {
    const talos = { name: 'n', osImage: 'Talos (v1.12.0)', probe: LACKING };
    expect(needs(talos)).toEqual({ modules: [], sysctls: [] });
    const facts = factsFrom(snapshotOf({ nodes: [node(talos)] }));
    const { rules } = judging(facts, migrationSpec.parse({ mode: 'nftables' })).conclude(0);
    const found = rules.find(({ rule }) => rule === 'conntrack-module');
    expect(found).toMatchObject({ verdict: 'block', blocking: true });
    expect(found?.fix).toContain('talosctl patch machineconfig');
  });
});
