// Feature gates that were removed from Kubernetes. A kube-proxy that is given one it does not know may refuse to start, and every
// migration starts it anew.
import { flagValue } from '../facts/installed.ts';
import { own } from '../facts/fields.ts';
import { isOlder, showVersion } from '../facts/image.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { whereConfigured } from './shared-kube-proxy.ts';

/** Gates that concern kube-proxy, with the last minor version of 1.x the reference of removed gates names for them. */
const LAST_MINOR: Readonly<Record<string, number>> = {
  SupportIPVSProxyMode: 0, // without effect since 1.11, gone in 1.20: of no use anywhere
  ServiceTopology: 22,
  SCTPSupport: 22,
  ExternalPolicyForExternalIP: 22,
  EndpointSlice: 24,
  EndpointSliceProxying: 24,
  WindowsEndpointSliceProxying: 24,
  IPv6DualStack: 24,
  ServiceLBNodePortControl: 25,
  ServiceLoadBalancerClass: 25,
  EndpointSliceTerminatingCondition: 27,
  MixedProtocolLBService: 27,
  ServiceInternalTrafficPolicy: 27,
  ServiceIPStaticSubrange: 27,
  IPTablesOwnershipCleanup: 29,
  MinimizeIPTablesRestore: 29,
  ProxyTerminatingEndpoints: 29,
  KubeProxyDrainingTerminatingNodes: 32,
};

export const obsoleteFeatureGate: ClusterRule = {
  id: 'obsolete-feature-gate',
  section: 1,
  scope: 'cluster',
  title: 'kube-proxy is given a feature gate that does not exist any more',
  verdicts: everyMode('warn'),
  source: 'kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed; k/k PR 94514',
  onlyForward: true,
  check: ({ cluster }) =>
    whereConfigured(cluster, () =>
      given([cluster.kubeProxy.version, cluster.kubeProxy.config], ({ text, parsed }, config) => {
        const flags = flagGates(cluster).map((gate) => `--feature-gates ${gate}`);
        const named = [...Object.keys(config.read.featureGates), ...flags];
        const gone = named.filter((one) => {
          const last = own(LAST_MINOR, one.replace('--feature-gates ', ''));
          return last !== undefined && (last === 0 || (parsed !== undefined && !isOlder(parsed, 1, last + 1)));
        });
        if (gone.length === 0) return undefined;
        const version = parsed === undefined ? text : showVersion(parsed);
        return {
          message: `kube-proxy ${version} is given ${gone.join(', ')}, which Kubernetes has removed: it may refuse to start with an unrecognized feature gate.`,
          fix: `Remove it from featureGates in kube-proxy's configuration, and from --feature-gates among its flags or in its options file.`,
        };
      }),
    ),
};

/** `--feature-gates=A=true,B=false`; beside --config without effect, and just as obsolete. */
function flagGates({ kubeProxy }: ClusterFacts): readonly string[] {
  const value = flagValue(valueOr(kubeProxy.words, []), '--feature-gates') ?? '';
  return value.split(',').flatMap((pair) => pair.split('=', 1)[0]?.trim() || []);
}
