// What ipvs mode needs of the kernel on one node, and how far the node has it. Three rules share it: files that are not there
// (ipvs-ko-missing), the configured scheduler (ipvs-scheduler), and all the rest (ipvs-modules).
import { kernelNeeds } from '../../kubeproxy/kernel-needs.ts';
import { metBy } from '../../kubeproxy/kernel-state.ts';
import type { MetBy, ModuleState, WhyMissing } from '../../kubeproxy/kernel-state.ts';
import { immutableOs } from '../facts/os.ts';
import { derive, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { NodeContext } from '../rule.ts';
import { configFor } from './shared-config.ts';
import { kernelFix } from './shared-kernel.ts';

/** Modules kube-proxy does not start without, but for that of a configured scheduler, and for nf_conntrack (conntrack-module). */
export function ipvsModuleStates(context: NodeContext): Known<readonly MetBy[]> {
  const { node, cluster } = context;
  // '' where it cannot be read, too: kube-proxy takes rr then, and ipvs-scheduler says that it is not known.
  const scheduler = valueOr(configFor(context), undefined)?.textAt(['ipvs', 'scheduler']) ?? '';
  return derive([node.probe.modules, node.kernel, cluster.kubeProxy.version], (_, kernel, version) => {
    const { modules } = kernelNeeds({
      mode: 'ipvs',
      kubeProxyVersion: version.text,
      kernel: kernel.text,
      scheduler: '',
      families: ['IPv4'],
      bridgeCni: false,
    });
    // ip_vs_rr is in the list because nothing was asked for; beside another scheduler only the list of 1.26 and older, with ip_vs_sh, has it.
    const withRr = scheduler === '' || modules.some(({ name }) => name === 'ip_vs_sh');
    const required = modules.filter(({ name, need }) => need === 'required' && !name.startsWith('nf_conntrack'));
    return required
      .filter(({ name }) => withRr || name !== 'ip_vs_rr')
      .map(({ name }) => ({ module: name, state: moduleState(node, name) }));
  });
}

/** What modprobe and /proc leave open may be told by the kernel's build configuration, or by virtual servers that are there. */
export function moduleState({ probe }: NodeFacts, name: string): ModuleState {
  const { state } = metBy({ anyOf: [name] }, valueOr(probe.modules, {}));
  if (state.kind !== 'unknown') return state;
  const built = valueOr(probe.kernelConfig, undefined)?.[name.toUpperCase()] === 'y';
  const used = valueOr(probe.virtualServers, []).some(
    ({ scheduler }) => name === 'ip_vs' || name === `ip_vs_${scheduler}`,
  );
  return built || used ? { kind: 'builtIn' } : state;
}

/** Kept out on purpose: its file may well be there. */
export function isBlocked({ state }: MetBy): boolean {
  return state.kind === 'missing' && state.because !== 'absent';
}

export function showStates(entries: readonly MetBy[]): string {
  return entries
    .map(({ module, state }) => `Module ${module} is ${state.kind}${'reason' in state ? ` (${state.reason})` : ''}`)
    .join('; ');
}

/** What has to go before modules can be loaded that are kept out on purpose. */
export function unblockFix(node: NodeFacts, blocked: readonly MetBy[]): string {
  const names = blocked.map(({ module }) => module);
  const because = (why: WhyMissing): boolean =>
    blocked.some(({ state }) => state.kind === 'missing' && state.because === why);
  const load = kernelFix(node, { modules: names });
  const atBoot = immutableOs(node) === undefined ? load.split('\n').slice(1).join('\n') : load;
  const steps = [
    because('blocked')
      ? `Remove the line that keeps it out (grep -rnE 'install +(${names.join('|')})' /etc/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d), then:\n${load}`
      : '',
    because('refused')
      ? `Take it out of module_blacklist= in the kernel's command line (on most systems in /etc/default/grub), and boot the node again; then:\n${load}`
      : '',
    because('disabled')
      ? `Nothing loads it before the next boot. Have it loaded at boot, before kernel.modules_disabled is set:\n${atBoot}\nreboot`
      : '',
  ];
  return steps.filter((step) => step !== '').join('\n');
}
