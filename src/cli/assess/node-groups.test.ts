import { describe, expect, it } from 'vitest';
import { factsFrom } from '../../preflight/facts/from-snapshot.ts';
import { unseen } from '../../preflight/known.ts';
import { snapshotOf } from '../../preflight/testing/cluster.ts';
import { node, type NodeParts } from '../../preflight/testing/node.ts';
import { groupNodes, shortImage } from './node-groups.ts';

function groups(...parts: readonly NodeParts[]): ReturnType<typeof groupNodes> {
  const { nodes } = factsFrom(snapshotOf({ nodes: parts.map(node) }));
  return nodes.known ? groupNodes(nodes.value) : [];
}

const CONTROL_PLANE = { 'node-role.kubernetes.io/control-plane': '' };

describe('groupNodes', () => {
  it('puts nodes together that are alike, the control plane first, then the many', () => {
    const found = groups(
      { name: 'old-1', kernel: '4.18.0-553.el8.x86_64', osImage: 'Rocky Linux 8.10 (Green Obsidian)' },
      { name: 'w-1' },
      { name: 'w-2' },
      { name: 'cp-1', labels: CONTROL_PLANE },
    );
    expect(found.map(({ id, name, osImage, nodes }) => [id, name, osImage, nodes])).toEqual([
      ['A', 'control plane', 'Ubuntu 22.04', ['cp-1']],
      ['B', 'workers', 'Ubuntu 22.04', ['w-1', 'w-2']],
      ['C', 'workers', 'Rocky Linux 8.10', ['old-1']],
    ]);
  });

  it('does not tell patch releases of one kernel line apart', () => {
    const found = groups(
      { name: 'a', kernel: '5.15.0-130-generic' },
      { name: 'b', kernel: '5.15.0-91-generic' },
      { name: 'c', kernel: '6.8.0-60-generic' },
    );
    expect(found.map(({ kernel, nodes }) => [kernel, nodes])).toEqual([
      ['5.15', ['a', 'b']],
      ['6.8.0-60-generic', ['c']],
    ]);
  });

  it('tells nodes apart that run another mode or another kube-proxy', () => {
    const found = groups({ name: 'a' }, { name: 'b', mode: 'nftables' });
    expect(found.map(({ mode }) => mode)).toEqual(['iptables', 'nftables']);
    expect(found[0]?.kubeProxyVersion).toBe('v1.36.3');
  });

  it('calls a group by its pool', () => {
    const found = groups(
      { name: 'a', labels: { 'eks.amazonaws.com/nodegroup': 'general' } },
      { name: 'b', labels: { 'kubernetes.azure.com/agentpool': 'user', agentpool: 'user' } },
    );
    expect(found.map(({ name }) => name)).toEqual(['general', 'user']);
  });

  it('leaves Windows nodes to themselves, at the end', () => {
    const found = groups(
      { name: 'win', os: 'windows', osImage: 'Windows Server 2022 Datacenter', kernel: '10.0.20348.3807' },
      { name: 'lin' },
    );
    expect(found.at(-1)).toMatchObject({ name: 'Windows', os: 'windows', mode: null, kubeProxyVersion: null });
  });

  it('takes a node whose kernel cannot be read, and of which kube-proxy says nothing', () => {
    const [only] = groups({ name: 'a', kernel: 'custom', mode: unseen('silent'), metrics: unseen('silent') });
    expect(only).toMatchObject({ kernel: 'custom', mode: 'iptables' });
  });

  it('has letters for more than 26 groups', () => {
    const many = Array.from({ length: 28 }, (_, index) => ({ name: `n${index}`, kernel: `6.${index}.0` }));
    expect(groups(...many).map(({ id }) => id)).toEqual(expect.arrayContaining(['A', 'Z', 'AA', 'AB']));
  });
});

describe('shortImage', () => {
  it.each([
    ['Ubuntu 22.04.5 LTS', 'Ubuntu 22.04'],
    ['Debian GNU/Linux 12 (bookworm)', 'Debian GNU/Linux 12'],
    ['Red Hat Enterprise Linux 10.0 (Coughlan)', 'Red Hat Enterprise Linux 10.0'],
    ['Amazon Linux 2023.7.20250623', 'Amazon Linux 2023.7'],
    ['Bottlerocket OS 1.43.0 (aws-k8s-1.33)', 'Bottlerocket OS 1.43'],
    ['Windows Server 2022 Datacenter', 'Windows Server 2022'],
    ['Talos (v1.9.1)', 'Talos (v1.9.1)'],
    ['', ''],
  ])('makes of %j %j', (image, short) => {
    expect(shortImage(image)).toBe(short);
  });
});
