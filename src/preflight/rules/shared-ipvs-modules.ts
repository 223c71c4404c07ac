// What ipvs mode needs of the kernel on one node, and how far the node has it. Three rules share it: files that are not there
// (ipvs-ko-missing), the configured scheduler (ipvs-scheduler), and all the rest (ipvs-modules).
import { kernelNeeds } from '../../kubeproxy/kernel-needs.ts';
import { metBy } from '../../kubeproxy/kernel-state.ts';
import type { MetBy, ModuleStates } from '../../kubeproxy/kernel-state.ts';
import { valueOr } from '../known.ts';
import type { NodeContext } from '../rule.ts';
import { configFor } from './shared-config.ts';

/** '' where it is unset or cannot be read: kube-proxy takes rr then. */
export function schedulerOf(context: NodeContext): string {
  return valueOr(configFor(context), undefined)?.textAt(['ipvs', 'scheduler']) ?? '';
}

/** Modules kube-proxy does not start without, but for that of a scheduler other than rr, and for nf_conntrack (conntrack-module). */
export function ipvsModuleStates(context: NodeContext, states: ModuleStates, versions: Versions): readonly MetBy[] {
  const needs = kernelNeeds({
    mode: 'ipvs',
    kubeProxyVersion: versions.kubeProxy,
    kernel: versions.kernel,
    scheduler: '',
    families: ['IPv4'],
    bridgeCni: false,
  });
  const scheduler = schedulerOf(context);
  // rr is in the list because nothing was configured; with another scheduler it is needed up to 1.26 only, with wrr and sh.
  const own = scheduler === '' || needs.modules.some(({ name }) => name === 'ip_vs_sh');
  return needs.modules
    .filter(({ name, need }) => need === 'required' && !name.startsWith('nf_conntrack'))
    .filter(({ name }) => own || name !== 'ip_vs_rr')
    .map((need) => metBy(need, states));
}

export type Versions = { readonly kubeProxy: string; readonly kernel: string };

/** modprobe.d forbids it: the file may well be there. */
export function isBlocked({ state }: MetBy): boolean {
  return state.kind === 'missing' && state.reason.startsWith('blocked');
}

export function showStates(entries: readonly MetBy[]): string {
  return entries
    .map(({ module, state }) => `Module ${module} is ${state.kind}${'reason' in state ? ` (${state.reason})` : ''}`)
    .join('; ');
}

export function loadFix(names: readonly string[]): string {
  return `modprobe -a ${names.join(' ')}\nprintf '%s\\n' ${names.join(' ')} > /etc/modules-load.d/proxymode.conf`;
}
