// The modules of mode ipvs.
import type { ModuleNeed } from './kernel-needs.ts';
import { parseVersion } from './versions.ts';

/** pkg/proxy/apis/config/validation: what kube-proxy lets pass. The kernel calls the module `ip_vs_<scheduler>`. */
export const IPVS_SCHEDULERS: readonly string[] = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'dh',
  'sed',
  'nq',
  'mh',
];

/** @param scheduler '' is kube-proxy's default, rr. */
export function ipvsModules(kubeProxyVersion: string, scheduler: string): readonly ModuleNeed[] {
  const chosen = scheduler === '' ? 'rr' : scheduler;
  const known = IPVS_SCHEDULERS.includes(chosen) ? [chosen] : [];
  const schedulers = listsModules(kubeProxyVersion) ? new Set(['rr', 'wrr', 'sh', ...known]) : new Set(known);
  return [
    ipvsModule('ip_vs', 'the virtual servers of every Service live in it'),
    ...[...schedulers].map((name) => schedulerModule(name, chosen)),
    ...COMPANIONS,
  ];
}

/** Up to 1.26 kube-proxy compares /proc/modules and modules.builtin with a list; from 1.27 on it adds a virtual server and looks (PR 114669). */
function listsModules(kubeProxyVersion: string): boolean {
  const version = parseVersion(kubeProxyVersion);
  return version === undefined || (version.major === 1 && version.minor < 27);
}

function schedulerModule(name: string, chosen: string): ModuleNeed {
  return ipvsModule(
    `ip_vs_${name}`,
    name === chosen
      ? `the scheduler ${name}, which the configuration asks for`
      : 'kube-proxy up to 1.26 refuses mode ipvs when it is not there, whatever scheduler is configured',
  );
}

/** kube-proxy runs modprobe for ip_vs (and up to 1.26 for the list); the kernel asks for a scheduler when one is named. */
function ipvsModule(name: string, why: string): ModuleNeed {
  return {
    name,
    anyOf: [name],
    need: 'required',
    loadedOnUse: true,
    why,
    source: 'k/k PR 114669; pkg/proxy/ipvs/proxier.go CanUseIPVSProxier',
  };
}

/** Not in kube-proxy's own list, and loaded by the kernel as soon as they are asked for. */
const COMPANIONS: readonly ModuleNeed[] = [
  ['dummy', 'the device kube-ipvs0, which holds the Service addresses, is of this kind'],
  ['ip_set', 'Service addresses are matched as sets'],
  ['xt_set', 'iptables rules refer to those sets'],
].map(([name = '', why = '']) => ({
  name,
  anyOf: [name],
  need: 'recommended',
  loadedOnUse: true,
  why,
  source: 'pkg/proxy/ipvs/proxier.go, pkg/proxy/ipvs/ipset.go',
}));
