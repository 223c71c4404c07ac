// From 1.27 on kube-proxy tries the configured scheduler out when it starts, and ends where the kernel has none of that name.
import { IPVS_SCHEDULERS } from '../../kubeproxy/kernel-needs.ts';
import { given, unseen } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { configFor } from './shared-config.ts';
import { isBlocked, moduleState, showStates, unblockFix } from './shared-ipvs-modules.ts';

export const ipvsScheduler: NodeRule = {
  id: 'ipvs-scheduler',
  section: 7,
  scope: 'node',
  title: 'the configured ipvs scheduler cannot be used',
  verdicts: { ipvs: 'block' },
  source: 'k/k PR 114669; pkg/proxy/apis/config/validation, ValidateIPVSSchedulerMethod',
  check: (context) =>
    given([configFor(context)], (config) => {
      const scheduler = config.textAt(['ipvs', 'scheduler']);
      // rr, the default, is a matter of ipvs-modules.
      if (scheduler === '') return undefined;
      if (!IPVS_SCHEDULERS.includes(scheduler))
        return {
          message: `ipvs.scheduler is ${JSON.stringify(scheduler)}, which kube-proxy does not have.`,
          fix: `One of ${IPVS_SCHEDULERS.join(', ')}; by address of the client it is sh:\nipvs:\n  scheduler: rr`,
        };
      return given([context.node.probe.modules], () => {
        const module = `ip_vs_${scheduler}`;
        const state = moduleState(context.node, module);
        if (state.kind === 'unknown') return unseen(showStates([{ module, state }]));
        if (state.kind !== 'missing') return undefined;
        return {
          message: `${showStates([{ module, state }])}: kube-proxy with ipvs.scheduler ${scheduler} would end at once.`,
          fix: isBlocked({ module, state })
            ? unblockFix(context.node, [{ module, state }])
            : `Take a scheduler the node has (spec.config.ipvs.scheduler: rr), or install the rest of the kernel's modules.`,
        };
      });
    }),
};
