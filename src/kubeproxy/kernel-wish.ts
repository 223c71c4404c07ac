// The difference between what a mode needs of a node's kernel and what the node has: what is to be loaded and set, by us or by a person.
import type { ProxyMode } from '../api/fields.ts';
import type { KernelNeeds } from './kernel-needs.ts';
import { metBy, type ModuleStates } from './kernel-state.ts';

export type SysctlChange = { readonly name: string; readonly from: string; readonly to: string };

/**
 * What the kernel loads by itself when a rule names it (nf_tables and iptables do, by request_module) is left to it, if it can: it asks for
 * parts of nf_tables by alias, which modprobe's `blacklist` takes away. ipvs is not left to it: up to 1.26 kube-proxy looks for its modules
 * before it uses any, and in its container modprobe often fails.
 */
export function modulesToLoad({ modules }: KernelNeeds, states: ModuleStates, mode: ProxyMode): string[] {
  return modules.flatMap((need) => {
    const { module, state } = metBy(need, states);
    if (state.kind !== 'loadable') return [];
    const required = need.need === 'required';
    const worth = !need.loadedOnUse || (required && (mode === 'ipvs' || state.byNameOnly !== undefined));
    return worth ? [module] : [];
  });
}

/** A sysctl that does not exist yet comes with its module, at the kernel's default, which is what is needed. */
export function sysctlsToSet({ sysctls }: KernelNeeds, values: Readonly<Record<string, string>>): SysctlChange[] {
  return sysctls.flatMap(({ name, value }) => {
    const from = values[name];
    return from === undefined || from === value ? [] : [{ name, from, to: value }];
  });
}
