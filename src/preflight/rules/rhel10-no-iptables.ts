// RHEL 10 and its rebuilds ship what iptables needs of the kernel in a package that is not installed by default.
import { isRhel10 } from '../facts/os.ts';
import { valueOr } from '../known.ts';
import type { NodeRule } from '../rule.ts';

export const rhel10NoIptables: NodeRule = {
  id: 'rhel10-no-iptables',
  section: 7,
  scope: 'node',
  title: 'RHEL 10 has no kernel modules for iptables',
  verdicts: { iptables: 'block', ipvs: 'warn', nftables: 'info' },
  source: 'kubernetes/kops PR 17789, PR 17920, PR 18724',
  // The way back to iptables is what rollback-mode-still-valid asks about.
  onlyForward: true,
  check: ({ node, target }) => {
    if (!isRhel10(node)) return undefined;
    if (target === 'nftables')
      return { message: `${node.osImage} has no iptables of its own: nftables is the mode for it.` };
    // What kernel-modules-extra brings: without it nft_compat is not merely unloaded, it is not there.
    const state = valueOr(node.probe.modules, undefined)?.['nft_compat'];
    if (state !== undefined && state.kind !== 'missing' && state.kind !== 'unknown') return undefined;
    const seen =
      state?.kind === 'missing'
        ? `module nft_compat is missing (${state.reason})`
        : 'its kernel-modules-extra was not seen';
    return {
      message: `${node.osImage}, and ${seen}: iptables rules cannot be made${target === 'ipvs' ? ', and ipvs mode masquerades by them' : ''}.`,
      fix: 'On the node: dnf install kernel-modules-extra-$(uname -r) iptables-nft && modprobe nft_compat. Or go to nftables.',
    };
  },
};
