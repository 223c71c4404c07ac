// Up to 1.26 kube-proxy refuses ipvs unless all modules of its list are there; later ones have the kernel load what a virtual server needs.
import { kernelNeeds } from '../../kubeproxy/kernel-needs.ts';
import type { ModuleNeed } from '../../kubeproxy/kernel-needs.ts';
import { isPresent, metBy } from '../../kubeproxy/kernel-state.ts';
import type { MetBy } from '../../kubeproxy/kernel-state.ts';
import { given, unseen, valueOr } from '../known.ts';
import type { NodeRule } from '../rule.ts';

export const ipvsModules: NodeRule = {
  id: 'ipvs-modules',
  section: 7,
  scope: 'node',
  title: 'kernel modules that ipvs mode needs are not loaded and cannot be',
  verdicts: { ipvs: ['block', 'info'] },
  source: 'k/k PR 114669; pkg/proxy/ipvs/proxier.go CanUseIPVSProxier',
  check: ({ cluster, node }) =>
    given([node.probe.modules, node.kernel, cluster.kubeProxy.version], (states, kernel, version) => {
      const config = valueOr(cluster.kubeProxy.config, undefined);
      const needs = kernelNeeds({
        mode: 'ipvs',
        kubeProxyVersion: version.text,
        kernel: kernel.text,
        scheduler: config?.textAt(['ipvs', 'scheduler']) ?? '',
        families: ['IPv4'],
        bridgeCni: false,
      });
      // nf_conntrack is a matter of every mode: rule conntrack-module.
      const required = needs.modules.filter(
        ({ name, need }) => need === 'required' && !name.startsWith('nf_conntrack'),
      );
      const met = required.map((need) => ({ need, by: metBy(need, states) }));
      const missing = met.filter(({ by }) => by.state.kind === 'missing');
      if (missing.length > 0) return { message: `${list(missing)}.`, fix: fix(missing.map(({ need }) => need)) };
      const unknown = met.filter(({ by }) => by.state.kind === 'unknown');
      if (unknown.length > 0) return unseen(list(unknown));
      const loadable = met.filter(({ by }) => !isPresent(by.state));
      if (loadable.length === 0) return undefined;
      const names = loadable.map(({ by }) => by.module);
      return {
        verdict: 'info',
        message: `To be loaded: ${names.join(', ')}.`,
        fix: fix(loadable.map(({ need }) => need)),
      };
    }),
};

function list(entries: readonly { readonly by: MetBy }[]): string {
  return entries
    .map(
      ({ by: { module, state } }) =>
        `Module ${module} is ${state.kind}${'reason' in state ? ` (${state.reason})` : ''}`,
    )
    .join('; ');
}

function fix(needs: readonly ModuleNeed[]): string {
  const names = needs.map(({ name }) => name);
  return `modprobe -a ${names.join(' ')}\nprintf '%s\\n' ${names.join(' ')} > /etc/modules-load.d/proxymode.conf`;
}
