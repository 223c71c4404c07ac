// The device kube-ipvs0 and its addresses come and go with ipvs mode. Rules, routes and monitors may have come to rely on them.
import type { IptablesRules } from '../facts/probe.ts';
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { leaving } from './shared-from.ts';
import { ipv4Rules } from './shared-iptables.ts';
import { few } from './shared-words.ts';

export const kubeIpvs0Routing: NodeRule = {
  id: 'kube-ipvs0-routing',
  section: 5,
  scope: 'node',
  title: 'something relies on kube-ipvs0 and the addresses on it',
  // Certain only where a rule names the device. What else there is (routing policy, monitors) cannot be seen: said once, as information.
  verdicts: { iptables: ['warn', 'info'], ipvs: 'info', nftables: ['warn', 'info'] },
  source: 'KEP-3866, review of differences; pkg/proxy/ipvs/netlink_linux.go',
  check: ({ node, target, from }) =>
    given([leaving(from)], (mode) => {
      if (target === 'ipvs')
        return mode === 'ipvs'
          ? undefined
          : {
              message:
                'A device kube-ipvs0 appears on the node, with every Service address on it: monitors and routing daemons that look at all devices will see it.',
            };
      if (mode !== 'ipvs') return undefined;
      return given([ipv4Rules(node)], (flavours) => {
        const named = flavours.flatMap(foreignRules);
        if (named.length === 0)
          return {
            verdict: 'info',
            message:
              'The device kube-ipvs0 and the Service addresses on it go. Try routing policies and monitors that look at them on one node first.',
          };
        return {
          message: `Rules that are not kube-proxy's name kube-ipvs0: ${few(named, 3)}. The device goes, and they match nothing any more.`,
          fix: 'Change whatever writes these rules so that it does without kube-ipvs0, and try it on one node (spec.nodeSelector) first. To see them: iptables-save | grep kube-ipvs0',
        };
      });
    }),
};

function foreignRules({ rules }: IptablesRules): readonly string[] {
  return rules.map(({ rule }) => rule).filter((rule) => /\bkube-ipvs0\b/.test(rule) && !rule.startsWith('-A KUBE-'));
}
