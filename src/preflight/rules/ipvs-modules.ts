// Up to 1.26 kube-proxy refuses ipvs unless all modules of its list are there; later ones have the kernel load what a virtual server needs.
import { given, unseen } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { kernelFix } from './shared-kernel.ts';
import { ipvsModuleStates, isBlocked, showStates, unblockFix } from './shared-ipvs-modules.ts';

export const ipvsModules: NodeRule = {
  id: 'ipvs-modules',
  section: 7,
  scope: 'node',
  title: 'kernel modules that ipvs mode needs are not loaded and cannot be',
  // What can be loaded is information: the operator does it, or the kernel.
  verdicts: { ipvs: ['block', 'info'] },
  source: 'k/k PR 114669; pkg/proxy/ipvs/proxier.go CanUseIPVSProxier',
  check: (context) =>
    given([ipvsModuleStates(context)], (met) => {
      const blocked = met.filter(isBlocked);
      if (blocked.length > 0) return { message: `${showStates(blocked)}.`, fix: unblockFix(context.node, blocked) };
      const unknown = met.filter(({ state }) => state.kind === 'unknown');
      if (unknown.length > 0) return unseen(showStates(unknown));
      const loadable = met.filter(({ state }) => state.kind === 'loadable').map(({ module }) => module);
      if (loadable.length === 0) return undefined;
      const fix = kernelFix(context.node, { modules: loadable });
      return { verdict: 'info', message: `To be loaded: ${loadable.join(', ')}.`, fix };
    }),
};
