// The kernel of the node has no ip_vs at all: its modules were not built, or not installed, and no modprobe helps.
import { immutableOs, isRhel10 } from '../facts/os.ts';
import type { NodeFacts } from '../facts/node.ts';
import { given, valueOr } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { ipvsModuleStates, isBlocked, showStates } from './shared-ipvs-modules.ts';

export const ipvsKoMissing: NodeRule = {
  id: 'ipvs-ko-missing',
  section: 7,
  scope: 'node',
  title: "the node's kernel has no ipvs",
  verdicts: { ipvs: 'block' },
  source: 'kubernetes/kops#17915, kubernetes/kops PR 18724; net/netfilter/ipvs/Kconfig',
  check: (context) => {
    const { node } = context;
    if (valueOr(node.probe.kernelConfig, undefined)?.['IP_VS'] === 'n')
      return { message: 'The kernel was built without ipvs (CONFIG_IP_VS is not set).', fix: fix(node) };
    return given([ipvsModuleStates(context)], (met) => {
      const absent = met.filter((one) => one.state.kind === 'missing' && !isBlocked(one));
      return absent.length === 0 ? undefined : { message: `${showStates(absent)}.`, fix: fix(node) };
    });
  },
};

function fix(node: NodeFacts): string {
  const immutable = immutableOs(node);
  if (immutable !== undefined)
    return `${immutable} takes no modules its image does not have: stay on iptables, go to nftables, or leave this node out of spec.nodeSelector.`;
  const install = isRhel10(node)
    ? 'dnf install kernel-modules-extra-$(uname -r)'
    : 'apt-get install linux-modules-extra-$(uname -r), or dnf install kernel-modules-extra-$(uname -r)';
  return `Install the rest of the kernel's modules on the node (${install}), or leave it out of spec.nodeSelector.`;
}
