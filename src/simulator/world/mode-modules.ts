// Which kernel modules a mode works with on a simulated node, and which incapacity their absence is.
import type { Incapacity } from './incapacity.ts';
import type { ModuleTable } from './machine.ts';
import type { Mode } from './modes.ts';

const USED: Readonly<Record<Mode, readonly string[]>> = {
  iptables: ['iptable_filter', 'iptable_nat', 'iptable_mangle'],
  ipvs: ['ip_vs_rr', 'iptable_nat', 'ip_set', 'xt_set', 'dummy'],
  nftables: ['nft_chain_nat', 'nft_ct', 'nft_fib_ipv4', 'nft_masq', 'nft_nat', 'nft_numgen', 'nft_reject_ipv4'],
  userspace: ['iptable_nat'],
};

/** Everything but conntrack is loaded when it is first used, if that is possible. */
export function incapacityOf(modules: ModuleTable, mode: Mode): Incapacity | undefined {
  if (!isPresent(modules, 'nf_conntrack')) return 'no-conntrack';
  switch (mode) {
    case 'ipvs':
      return isUsable(modules, 'ip_vs_rr') ? undefined : 'no-ipvs';
    case 'nftables':
      return isUsable(modules, 'nft_fib_ipv4') && isAskedFor(modules, 'nft_fib_ipv4') ? undefined : 'no-fib';
    case 'iptables':
    case 'userspace':
      return isUsable(modules, 'ip_tables') || isUsable(modules, 'nf_tables') ? undefined : 'no-iptables';
  }
}

/** A kube-proxy that has synced has made the kernel load what it uses. */
export function useModules(modules: ModuleTable, mode: Mode): void {
  for (const name of USED[mode]) if (modules.has(name) === 'file' && isUsable(modules, name)) modules.load(name);
}

function isPresent(modules: ModuleTable, name: string): boolean {
  return ['loaded', 'builtIn'].includes(modules.has(name));
}

function isUsable(modules: ModuleTable, name: string): boolean {
  if (isPresent(modules, name)) return true;
  return modules.chain(name).every((each) => isPresent(modules, each) || isLoadable(modules, each));
}

function isLoadable(modules: ModuleTable, name: string): boolean {
  return modules.has(name) === 'file' && modules.blocker(name) === undefined && !modules.refused(name);
}

/** The kernel asks for parts of nf_tables by alias. */
function isAskedFor(modules: ModuleTable, name: string): boolean {
  return isPresent(modules, name) || modules.hasAliases(name);
}
