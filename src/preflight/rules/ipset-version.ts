// ipvs mode keeps its addresses in ipsets, by the program ipset.
import { isOlder } from '../facts/image.ts';
import { given, unseen } from '../known.ts';
import type { NodeRule, Outcome } from '../rule.ts';
import { isBefore, probeRanItsPrograms } from './shared-programs.ts';

export const ipsetVersion: NodeRule = {
  id: 'ipset-version',
  section: 7,
  scope: 'node',
  title: 'kube-proxy has no ipset of version 6 or later',
  verdicts: { ipvs: 'block' },
  source: 'pkg/proxy/ipvs/proxier.go, MinIPSetCheckVersion',
  check: ({ cluster, node }) =>
    given([cluster.kubeProxy.place], (place): Outcome => {
      const onHost = place.kind === 'onNodes';
      if (probeRanItsPrograms(node, place))
        return given([node.probe.ipsetVersion], (version) => {
          if (version !== undefined && !isBefore(version, '6.0')) return undefined;
          return {
            message: `${onHost ? 'The host' : "kube-proxy's image"} has ${version === undefined ? 'no ipset' : `ipset ${version}`}; ipvs mode needs 6.0 or later.`,
            fix: onHost
              ? 'On the node: apt-get install ipset, or dnf install ipset'
              : 'Use the image of kube-proxy that belongs to your Kubernetes version.',
          };
        });
      if (onHost) return unseen("the host's ipset was not asked for its version");
      // The image was not run. Every one since ipvs mode is stable (1.11) has ipset 6.30 or later.
      return given([cluster.kubeProxy.version], ({ text, parsed }) =>
        parsed === undefined || isOlder(parsed, 1, 11)
          ? unseen(`the ipset of kube-proxy ${text} was not asked for its version`)
          : undefined,
      );
    }),
};
