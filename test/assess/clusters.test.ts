// What is known about each distribution has to come out for it: which rules find something, for which target, with which verdict.
// `nothing`: rules that must not find anything there.
import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../../src/api/fields.ts';
import type { Assessment, TargetVerdict } from '../../src/cli/assess/assessment.ts';
import type { RuleVerdict, Verdict } from '../../src/preflight/finding.ts';
import { assessRecorded } from './recorded/assess-recorded.ts';
import { RECORDED } from './recorded/recorded-cluster.ts';

type Expected = { readonly verdict: TargetVerdict; readonly nothing?: readonly string[] } & {
  readonly [V in RuleVerdict]?: readonly string[];
};

type Case = { readonly distribution: readonly [id: string, right: string] } & Readonly<Record<ProxyMode, Expected>>;

const CASES: Readonly<Record<string, Case>> = {
  'kubeadm-calico-3.28': {
    distribution: ['kubeadm', 'EDIT'],
    iptables: { verdict: 'current', info: ['mode-unset'], nothing: ['calico-no-nft-dataplane'] },
    ipvs: {
      verdict: 'unknown',
      info: ['clusterip-reachability', 'conntrack-invalid'],
      nothing: ['calico-no-nft-dataplane', 'strictarp-required', 'ipvs-ip-collision', 'calico-nodeport-ranges'],
    },
    nftables: {
      verdict: 'blocked',
      block: ['calico-no-nft-dataplane'],
      warn: ['conntrack-invalid', 'dark-window'],
      info: ['clusterip-reachability'],
      nothing: [
        'calico-nft-mode-static',
        'calico-auto-follows',
        'kernel-min-nft',
        'nodeport-addresses-default',
        'scale-cold-start',
      ],
    },
  },
  'kubeadm-calico-3.32': {
    distribution: ['kubeadm', 'EDIT'],
    iptables: { verdict: 'current', nothing: ['mode-unset'] },
    ipvs: { verdict: 'unknown', info: ['calico-auto-follows'] },
    nftables: {
      verdict: 'unknown',
      info: ['calico-auto-follows'],
      warn: ['dark-window'],
      nothing: [
        'calico-no-nft-dataplane',
        'calico-nft-mode-static',
        'calico-auto-disabled-by-operator',
        'conntrack-invalid',
        'service-cidr-overlap',
      ],
    },
  },
  'kubeadm-calico-3.32-operator': {
    distribution: ['kubeadm', 'EDIT'],
    iptables: { verdict: 'current', nothing: ['calico-auto-disabled-by-operator'] },
    ipvs: { verdict: 'unknown', nothing: ['calico-auto-disabled-by-operator'] },
    nftables: {
      verdict: 'blocked',
      block: ['calico-auto-disabled-by-operator'],
      nothing: ['calico-operator-overwrites', 'calico-no-nft-dataplane'],
    },
  },
  'kubespray-ipvs': {
    distribution: ['kubespray', 'EDIT-THEN-UPSTREAM'],
    iptables: {
      verdict: 'unknown',
      warn: ['connections-from-ipvs', 'healthcheck-nodeport', 'lb-ip-local-path', 'apiserver-webhook-gap'],
      info: ['nodelocaldns-leave-ipvs'],
      nothing: ['clustercidr-missing', 'ipvs-only-features', 'strictarp-required', 'calico-env-outranks'],
    },
    ipvs: {
      verdict: 'current',
      nothing: ['strictarp-required', 'nodelocaldns-binds-clusterip', 'calico-nodeport-ranges'],
    },
    nftables: {
      verdict: 'blocked',
      block: ['calico-env-outranks', 'kernel-min-nft', 'nodeport-addresses-default'],
      warn: ['connections-from-ipvs', 'dark-window', 'healthcheck-nodeport', 'lb-ip-local-path'],
      info: ['nodelocaldns-leave-ipvs', 'etp-local-ipvs-hostnetwork'],
      nothing: ['nodelocaldns-nft', 'strictarp-required', 'scale-cold-start'],
    },
  },
  eks: {
    distribution: ['eks', 'API'],
    iptables: { verdict: 'current', nothing: ['aws-vpc-cni-nft'] },
    ipvs: {
      verdict: 'blocked',
      block: ['config-second-writer', 'managed-provider'],
      nothing: ['aws-vpc-cni-nft', 'aws-psg-strict'],
    },
    nftables: {
      verdict: 'blocked',
      block: ['config-second-writer', 'managed-provider', 'aws-vpc-cni-nft'],
      // There was none in iptables mode either: nothing is lost.
      info: ['os-immutable', 'clustercidr-missing'],
      nothing: ['aws-psg-strict', 'kernel-min-nft', 'mode-field-unsupported-version'],
    },
  },
  aks: {
    distribution: ['aks', 'API'],
    iptables: { verdict: 'current', info: ['windows-nodes'] },
    ipvs: {
      verdict: 'blocked',
      block: ['config-second-writer', 'managed-provider', 'azure-npm'],
      info: ['windows-nodes'],
    },
    nftables: {
      verdict: 'blocked',
      block: ['config-second-writer', 'managed-provider'],
      info: ['azure-npm', 'windows-nodes'],
      nothing: ['kernel-min-nft'],
    },
  },
  k3s: {
    distribution: ['k3s', 'NODE'],
    iptables: {
      verdict: 'current',
      block: ['kube-proxy-not-a-pod', 'managed-provider'],
      nothing: ['kube-proxy-absent'],
    },
    ipvs: {
      verdict: 'blocked',
      // klipper-lb hands out the nodes' own addresses.
      block: ['kube-proxy-not-a-pod', 'managed-provider', 'ipvs-ip-collision'],
      nothing: ['kube-proxy-absent'],
    },
    nftables: {
      verdict: 'blocked',
      block: ['kube-proxy-not-a-pod', 'managed-provider'],
      nothing: ['kube-proxy-absent', 'config-second-writer'],
    },
  },
  'cilium-kpr': {
    distribution: ['kubeadm', 'EDIT'],
    iptables: {
      verdict: 'blocked',
      block: ['kube-proxy-absent', 'cilium-kpr-full'],
      nothing: ['kube-proxy-not-a-pod'],
    },
    ipvs: { verdict: 'blocked', block: ['kube-proxy-absent', 'cilium-kpr-full'], warn: ['cilium-ipvs'] },
    nftables: {
      verdict: 'blocked',
      block: ['kube-proxy-absent', 'cilium-kpr-full'],
      nothing: ['cilium-ipvs', 'cilium-kpr-partial'],
    },
  },
  'windows-mix': {
    distribution: ['kubeadm', 'EDIT'],
    iptables: { verdict: 'current', info: ['windows-nodes'], nothing: ['config-file-key', 'flannel-nft'] },
    ipvs: { verdict: 'blocked', block: ['localhost-nodeport'], info: ['windows-nodes'], nothing: ['flannel-nft'] },
    nftables: {
      verdict: 'blocked',
      block: ['localhost-nodeport'],
      warn: ['flannel-nft'],
      info: ['windows-nodes'],
      nothing: ['config-file-key', 'mode-drift'],
    },
  },
  'rhel-10': {
    distribution: ['kubeadm', 'EDIT'],
    iptables: { verdict: 'blocked', block: ['rhel10-no-iptables', 'calico-nft-mode-static'] },
    ipvs: { verdict: 'blocked', block: ['calico-nft-mode-static'], warn: ['rhel10-no-iptables'] },
    nftables: {
      verdict: 'current',
      info: ['rhel10-no-iptables'],
      nothing: ['kernel-min-nft', 'calico-nft-mode-static', 'rollback-mode-still-valid'],
    },
  },
};

describe('the recorded clusters', () => {
  it('all have their expectations', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(RECORDED.toSorted());
  });
});

describe.each(Object.entries(CASES))('%s', (name, { distribution, ...targets }) => {
  const assessment = assessRecorded(name);

  it(`is ${distribution.join(', ')}`, async () => {
    const found = (await assessment).distribution;
    expect([found?.id, found?.right]).toEqual(distribution);
  });

  it('has no rule that stumbles', async () => {
    const all = (await assessment).findings.flatMap(({ rule, messages }) =>
      messages.map(({ message }) => `${rule}: ${message}`),
    );
    expect(all.filter((message) => message.includes('the rule failed'))).toEqual([]);
  });

  describe.each(Object.entries(targets) as [ProxyMode, Expected][])('→ %s', (mode, expected) => {
    it(`is ${expected.verdict}`, async () => {
      const { targets: judged } = await assessment;
      expect(judged.find((one) => one.mode === mode)?.verdict).toBe(expected.verdict);
    });

    const given = (['block', 'warn', 'info'] as const).flatMap((verdict) => {
      const rules = expected[verdict];
      return rules === undefined ? [] : [[verdict, rules] as const];
    });
    it.each(given)('%s: %j', async (verdict, rules) => {
      expect(ids(await assessment, mode, [verdict])).toEqual(expect.arrayContaining([...rules]));
    });

    it.each(expected.nothing ?? [])('nothing: %s', async (rule) => {
      expect(ids(await assessment, mode, ['block', 'warn', 'info', 'unknown'])).not.toContain(rule);
    });
  });
});

function ids({ findings }: Assessment, mode: ProxyMode, verdicts: readonly Verdict[]): readonly string[] {
  return findings
    .filter(
      ({ target, verdict, direction }) => target === mode && direction === 'forward' && verdicts.includes(verdict),
    )
    .map(({ rule }) => rule);
}
