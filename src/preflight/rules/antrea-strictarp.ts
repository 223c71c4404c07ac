// Antrea answers ARP for external IPs of Services (feature ServiceExternalIP); in ipvs mode every node would, unless strictARP is set. With
// strictARP in turn, Antrea before 1.7 does not answer for Egress IPs.
//
// Host network traffic past kube-proxy's nftables rules (gate NFTablesHostNetworkMode) is alpha in 2.5 and not looked at.
import type { AntreaFacts } from '../facts/cni.ts';
import { at } from '../facts/fields.ts';
import { isOlder, showVersion } from '../facts/image.ts';
import { given } from '../known.ts';
import type { ClusterRule, Outcome } from '../rule.ts';
import { ofAntrea } from './shared-antrea.ts';

export const antreaStrictarp: ClusterRule = {
  id: 'antrea-strictarp',
  section: 3,
  scope: 'cluster',
  title: "ipvs.strictARP does not fit Antrea's external or egress IPs",
  verdicts: { ipvs: 'warn' },
  source: 'antrea documentation service-loadbalancer.md, egress.md',
  check: ({ cluster }) =>
    ofAntrea(cluster, (antrea) =>
      given([cluster.kubeProxy.config], (config) =>
        config.at(['ipvs', 'strictARP']) === true ? egress(antrea) : externalIps(antrea),
      ),
    ),
};

function externalIps({ agentConfig }: AntreaFacts): Outcome {
  return given([agentConfig], (fields) => {
    if (at(fields, ['featureGates', 'ServiceExternalIP']) !== true) return undefined;
    return {
      message:
        "Antrea's ServiceExternalIP is on, and ipvs.strictARP is not true: in ipvs mode every node answers ARP for the external IPs of Services, and traffic goes to the wrong one.",
      fix: "In kube-proxy's configuration, together with the mode:\nipvs:\n  strictARP: true",
    };
  });
}

/** Egress is a beta feature, on by default, since 1.6. */
function egress({ agentConfig, version }: AntreaFacts): Outcome {
  return given([version], (parsed) => {
    if (!isOlder(parsed, 1, 7)) return undefined;
    return given([agentConfig], (fields) => {
      if (!(at(fields, ['featureGates', 'Egress']) ?? !isOlder(parsed, 1, 6))) return undefined;
      return {
        message: `ipvs.strictARP is true, and Antrea is ${showVersion(parsed)} with Egress on: before 1.7 nodes then do not answer ARP for Egress IPs.`,
        fix: 'Upgrade Antrea to 1.7 or later first.',
      };
    });
  });
}
