// kube-proxy checks the kernel in nftables mode from 1.33 on; in 1.31 and 1.32 the check is inverted, before there is none.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';

export const kernelMinNft: NodeRule = {
  id: 'kernel-min-nft',
  section: 7,
  scope: 'node',
  title: 'the kernel is older than 5.13',
  verdicts: { nftables: 'block' },
  source: 'KEP-3866; k/k PR 124152, PR 130401; kubernetes/system-validators#63',
  check: ({ node }) =>
    given([node.kernel], ({ text, major, minor }) => {
      if (major > 5 || (major === 5 && minor >= 13)) return undefined;
      return {
        message: `The kernel is ${text}; nftables mode needs 5.13 or later.`,
        fix: 'Upgrade the operating system (RHEL 9, SLE 15 SP4, Ubuntu 22.04 or Debian 12 have such a kernel), or stay on iptables.',
      };
    }),
};
