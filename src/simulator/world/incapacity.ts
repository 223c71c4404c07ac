// Why a node cannot run a mode, and what kube-proxy then does: the messages are those recorded from real nodes.
import type { KubeProxyTraits } from './kube-proxy-traits.ts';

export type Incapacity =
  /** No `nft` in the image. */
  | 'no-nft'
  /** Older than 5.13: fatal for nftables from 1.33. `NodeSpec.kernel` leads to the same. */
  | 'old-kernel'
  /** Kernel without CONFIG_NFT_FIB: nftables starts, answers, and never syncs (siderolabs/pkgs#951). */
  | 'no-fib'
  /** ip_vs cannot be loaded. */
  | 'no-ipvs'
  /** No `ipset` in the image. */
  | 'no-ipset'
  /** Neither binaries nor kernel support for iptables. */
  | 'no-iptables'
  /** Every iptables-restore fails: iptables starts, answers, and never syncs. */
  | 'restore-fails'
  /** nf_conntrack is not loaded (kubernetes/kops#17915): fatal in every mode. */
  | 'no-conntrack'
  /** Never finds its Node, so it never listens (it may take minutes for real). */
  | 'hangs'
  /** Killed for its memory before the first sync. */
  | 'out-of-memory';

export type IncapacityEffect =
  /** The mode's own support check fails: a fallback up to 1.25, fatal from 1.26. */
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'fatal'; readonly message: string }
  | { readonly kind: 'neverSyncs' }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'killed' };

const NFT_PROXIER = 'unable to create proxier: unable to create ipv4 proxier: ';

const EFFECTS: Readonly<Record<Incapacity, (traits: KubeProxyTraits) => IncapacityEffect | undefined>> = {
  'no-nft': () =>
    fatal(`${NFT_PROXIER}could not find nftables binary: exec: "nft": executable file not found in $PATH`),
  'old-kernel': (traits) =>
    traits.checksKernel ? fatal(`${NFT_PROXIER}kube-proxy in nftables mode requires kernel 5.13 or later`) : undefined,
  'no-fib': () => ({ kind: 'neverSyncs' }),
  'no-ipvs': (traits) => ({ kind: 'unusable', reason: ipvsReason(traits) }),
  'no-ipset': () => ({
    kind: 'unusable',
    reason: 'error getting ipset version, error: executable file not found in $PATH',
  }),
  'no-iptables': () => ({ kind: 'unusable', reason: 'iptables is not available on this host' }),
  'restore-fails': () => ({ kind: 'neverSyncs' }),
  'no-conntrack': () =>
    fatal(
      'could not set conntrack parameters from kube-proxy configuration: open /proc/sys/net/netfilter/nf_conntrack_max: no such file or directory',
    ),
  hangs: () => ({ kind: 'hangs' }),
  'out-of-memory': () => ({ kind: 'killed' }),
};

/** What an incapacity does to a kube-proxy of that version; undefined when that version does not mind. */
export function effectOf(incapacity: Incapacity, traits: KubeProxyTraits): IncapacityEffect | undefined {
  return EFFECTS[incapacity](traits);
}

/** Recorded: `ipvs not supported` from 1.36.3, `Ipvs not supported` from 1.34.4. */
function ipvsReason(traits: KubeProxyTraits): string {
  if (traits.listsIpvsModules) {
    return 'IPVS proxier will not be used because the following required kernel modules are not loaded: [ip_vs ip_vs_rr ip_vs_sh ip_vs_wrr]';
  }
  return traits.minor >= 35 ? 'ipvs not supported' : 'Ipvs not supported';
}

function fatal(message: string): IncapacityEffect {
  return { kind: 'fatal', message };
}

/** `6.1.0-31-amd64` is at least 5.13; a release that cannot be read counts as new. */
export function kernelRunsNftables(release: string): boolean {
  const [, major = '9', minor = '0'] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 13);
}
