// Assessments for tests of what is made of them: one mode in force, one node group, nothing found, unless said otherwise.
import type { AssessedFinding, AssessedTarget, Assessment, NodeGroup } from '../assess/assessment.ts';

export function group(parts: Partial<NodeGroup> = {}): NodeGroup {
  return {
    id: 'A',
    name: 'workers',
    os: 'linux',
    osImage: 'Ubuntu 22.04',
    kernel: '5.15.0-130-generic',
    kubeProxyVersion: 'v1.36.3',
    mode: 'iptables',
    nodes: ['n1', 'n2', 'n3'],
    ...parts,
  };
}

export function target(parts: Partial<AssessedTarget> = {}): AssessedTarget {
  return {
    mode: 'nftables',
    verdict: 'ready',
    summary: 'ready',
    blockedBy: [],
    undecided: [],
    accepted: [],
    warnings: 0,
    notes: 0,
    upstream: null,
    ...parts,
  };
}

export function finding(parts: Partial<AssessedFinding> = {}): AssessedFinding {
  return {
    rule: 'some-rule',
    section: 1,
    target: 'nftables',
    direction: 'forward',
    verdict: 'block',
    blocking: true,
    scope: 'cluster',
    groups: [],
    messages: [{ message: 'Something is so.', fix: 'kubectl make it otherwise', nodes: [] }],
    source: 'KEP-3866',
    ...parts,
  };
}

export function assessment(parts: Partial<Assessment> = {}): Assessment {
  return {
    schemaVersion: 1,
    assessedAt: '2026-03-02T09:00:00.000Z',
    cluster: { server: 'https://api.cluster.example:6443', context: 'admin', version: 'v1.36.3' },
    distribution: {
      id: 'kubeadm',
      name: 'kubeadm',
      right: 'EDIT',
      reverted: false,
      evidence: 'there is a ConfigMap kube-system/kubeadm-config',
    },
    kubeProxy: {
      place: 'DaemonSet',
      daemonSet: 'kube-system/kube-proxy',
      configMap: 'kube-system/kube-proxy',
      version: 'v1.36.3',
      writtenMode: 'iptables',
      mode: 'iptables',
    },
    nodes: { total: 3, answered: 3, groups: [group()] },
    targets: [
      target({ mode: 'iptables', verdict: 'current', summary: 'in force on 3 of 3 nodes' }),
      target({ mode: 'ipvs' }),
      target(),
    ],
    findings: [],
    notSeen: [],
    ...parts,
  };
}
