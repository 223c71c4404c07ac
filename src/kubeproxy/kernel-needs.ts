// Which kernel modules and sysctls a mode of kube-proxy needs on a node. Preflight compares it with what the node has;
// the preparation of a node loads and sets what is missing.
//
// Each need says whether kube-proxy cannot do without (`required`: it does not start, or never syncs) or whether only some
// traffic suffers (`recommended`), why, and where that is known from.
import type { ProxyMode } from '../api/fields.ts';
import { ipvsModules } from './kernel-needs-ipvs.ts';
import { iptablesModules, nftablesModules } from './kernel-needs-tables.ts';
import { isKernelBefore } from './kernel-version.ts';

export { IPVS_SCHEDULERS } from './kernel-needs-ipvs.ts';

export type IpFamily = 'IPv4' | 'IPv6';

export type KernelNeedsInput = {
  /** The mode kube-proxy shall run: the target, or the old one when the way back is looked at. */
  readonly mode: ProxyMode;
  /** `v1.36.3`. One that cannot be read gets the older, longer list. */
  readonly kubeProxyVersion: string;
  /** Node.status.nodeInfo.kernelVersion. */
  readonly kernel: string;
  /** `ipvs.scheduler`; '' or none is rr. One kube-proxy does not have never becomes the name of a module. */
  readonly scheduler?: string;
  /** Those of the cluster's Services. */
  readonly families: readonly IpFamily[];
  /** Pods hang on one Linux bridge (bridge, flannel, kubenet): then br_netfilter matters. When not known: true. */
  readonly bridgeCni: boolean;
  /** Which iptables the kube-proxy image uses on this node; when not known, either will do. */
  readonly iptablesFlavour?: 'legacy' | 'nft';
};

export type Need = 'required' | 'recommended';

export type ModuleNeed = {
  /** The first of `anyOf`: what messages call it and what is loaded first. */
  readonly name: string;
  /** One of these is enough. Written with underscores, as /proc/modules does. */
  readonly anyOf: readonly [string, ...string[]];
  readonly need: Need;
  /** The kernel or kube-proxy loads it when it is first used, so that *loadable* is enough for a start. */
  readonly loadedOnUse: boolean;
  readonly why: string;
  readonly source: string;
};

export type SysctlNeed = {
  /** With dots: `net.ipv4.ip_forward`. */
  readonly name: string;
  readonly value: string;
  readonly need: Need;
  /** The sysctl exists only while this module does. */
  readonly module?: string;
  readonly why: string;
  readonly source: string;
};

export type KernelNeeds = { readonly modules: readonly ModuleNeed[]; readonly sysctls: readonly SysctlNeed[] };

/** Never throws. Modules come in the order in which they are to be loaded. */
export function kernelNeeds(input: KernelNeedsInput): KernelNeeds {
  return {
    modules: [conntrack(input.kernel), ...modulesOf(input), ...(input.bridgeCni ? [BRIDGE_FILTER] : [])],
    sysctls: [...forwarding(input.families), ...(input.bridgeCni ? bridgeSysctls(input.families) : [])],
  };
}

/**
 * What kube-proxy itself writes in a mode and never takes back, to be recorded before the switch. Globs stand for every
 * interface. Sources: pkg/proxy/ipvs/proxier.go and pkg/proxy/iptables/proxier.go (constructors),
 * cmd/kube-proxy/app/conntrack.go.
 */
export function recordedSysctls(mode: ProxyMode): readonly string[] {
  const conntrackSettings = [
    'net.netfilter.nf_conntrack_max',
    'net.netfilter.nf_conntrack_tcp_timeout_established',
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
    'net.netfilter.nf_conntrack_tcp_be_liberal',
  ];
  switch (mode) {
    case 'iptables':
      return [...conntrackSettings, 'net.ipv4.conf.all.route_localnet'];
    case 'ipvs':
      return [...conntrackSettings, ...WRITTEN_BY_IPVS];
    case 'nftables':
      return conntrackSettings;
  }
}

const WRITTEN_BY_IPVS = [
  'net.ipv4.vs.conntrack',
  'net.ipv4.vs.conn_reuse_mode',
  'net.ipv4.vs.expire_nodest_conn',
  'net.ipv4.vs.expire_quiescent_template',
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.arp_ignore',
  'net.ipv4.conf.all.arp_announce',
];

function modulesOf(input: KernelNeedsInput): readonly ModuleNeed[] {
  switch (input.mode) {
    case 'iptables':
      return iptablesModules(input.families, input.iptablesFlavour);
    case 'ipvs':
      return ipvsModules(input.kubeProxyVersion, input.scheduler ?? '');
    case 'nftables':
      return nftablesModules(input.families);
  }
}

/**
 * Every mode sets conntrack's sysctls before anything else and dies where they do not exist. Nothing loads the module by
 * then: not even in a kube-proxy that has run for years on that node is it certain that it will be there after a reboot.
 */
function conntrack(kernel: string): ModuleNeed {
  const need = {
    need: 'required',
    loadedOnUse: false,
    why: 'kube-proxy sets net.netfilter.nf_conntrack_* before anything else and ends when they do not exist',
    source: 'kubernetes/kops#17915; cmd/kube-proxy/app/conntrack.go',
  } as const;
  // Merged into nf_conntrack in 4.19; RHEL 8's 4.18 has it merged as well, so below 4.19 either name will do.
  if (isKernelBefore(kernel, 4, 19) === false) return { ...need, name: 'nf_conntrack', anyOf: ['nf_conntrack'] };
  return { ...need, name: 'nf_conntrack_ipv4', anyOf: ['nf_conntrack_ipv4', 'nf_conntrack'] };
}

const BRIDGE_WHY = 'without it, replies between pods on one bridge bypass the translation of Service addresses';
const BRIDGE_SOURCE = 'kubernetes.io: container runtimes, network prerequisites; measured on 1.36.3';

const BRIDGE_FILTER: ModuleNeed = {
  name: 'br_netfilter',
  anyOf: ['br_netfilter'],
  need: 'recommended',
  loadedOnUse: false,
  why: BRIDGE_WHY,
  source: BRIDGE_SOURCE,
};

function bridgeSysctls(families: readonly IpFamily[]): readonly SysctlNeed[] {
  const names = { IPv4: 'net.bridge.bridge-nf-call-iptables', IPv6: 'net.bridge.bridge-nf-call-ip6tables' };
  return families.map((family) => ({
    name: names[family],
    value: '1',
    need: 'recommended',
    module: 'br_netfilter',
    why: BRIDGE_WHY,
    source: BRIDGE_SOURCE,
  }));
}

function forwarding(families: readonly IpFamily[]): readonly SysctlNeed[] {
  const names = { IPv4: 'net.ipv4.ip_forward', IPv6: 'net.ipv6.conf.all.forwarding' };
  return families.map((family) => ({
    name: names[family],
    value: '1',
    need: 'recommended',
    why: `without it the node forwards no ${family} packets between Services, pods and other nodes`,
    source:
      'kubernetes.io: container runtimes, network prerequisites; pkg/proxy/ipvs/proxier.go sets ip_forward itself',
  }));
}
