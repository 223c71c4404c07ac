// What is reported first (section 12 of the catalogue): the combinations that decide most come before the sections' own order.

/** Groups of rules, first group first. */
export const REPORT_FIRST: readonly (readonly string[])[] = [
  ['config-second-writer', 'managed-provider', 'flags-lose-to-file'],
  [
    'calico-no-nft-dataplane',
    'calico-nft-mode-static',
    'calico-operator-overwrites',
    'calico-auto-disabled-by-operator',
    'calico-env-outranks',
  ],
  ['kube-proxy-absent', 'kube-proxy-not-a-pod'],
  ['nodelocaldns-binds-clusterip'],
  [
    'kernel-min-nft',
    'nft-fib-missing',
    'nft-binary-skew',
    'nft-binary-missing',
    'nft-protocol-names',
    'ipvs-modules',
    'ipvs-ko-missing',
    'ipvs-scheduler',
    'ipset-version',
    'rhel10-no-iptables',
    'rollback-mode-still-valid',
  ],
  ['foreign-ipvs', 'sealos-lvscare', 'kube-vip-lb', 'rollback-foreign-ipvs'],
  ['baseline-leftovers'],
  ['nodeport-addresses-default'],
  ['localhost-nodeport'],
  ['strictarp-required'],
  ['ipvs-ip-collision'],
  ['etp-local-blackhole'],
  ['scale-cold-start'],
  ['conntrack-invalid', 'forward-drop', 'host-firewall-holes'],
  [
    'hostport-vs-clusterip',
    'portmap-mark-chain',
    'aws-vpc-cni-nft',
    'aws-psg-strict',
    'azure-npm',
    'provider-lb-hairpin',
    'windows-nodes',
    'dual-stack-both-families',
  ],
];

const RANK: ReadonlyMap<string, number> = new Map(REPORT_FIRST.flatMap((group, rank) => group.map((id) => [id, rank])));

/** Smaller comes first; all others share the rank after the last group. */
export function reportRank(rule: string): number {
  return RANK.get(rule) ?? REPORT_FIRST.length;
}
