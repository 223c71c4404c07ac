// No kube-proxy at all: something else handles Services, or the cluster has none. There is nothing to migrate.
import { felixSetting } from '../facts/calico-facts.ts';
import type { CniFacts } from '../facts/cni.ts';
import { flagValue } from '../facts/installed.ts';
import { given, unseen, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';

export const kubeProxyAbsent: ClusterRule = {
  id: 'kube-proxy-absent',
  section: 1,
  scope: 'cluster',
  title: 'nothing in the cluster is a kube-proxy',
  verdicts: everyMode('block'),
  source: 'Cilium, Calico, Antrea, kube-router and OVN-Kubernetes documentation: each can replace kube-proxy',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.kubeProxy.place], (place) => {
      // A configuration that was read on a node belongs to a kube-proxy, even if nobody could ask that one.
      if (place.kind !== 'absent' || cluster.kubeProxy.configText.known) return undefined;
      if (!place.asked) return unseen('no pod runs it, and no node could be asked whether it does');
      const instead = replacements(valueOr(cluster.cni, undefined));
      if (instead.length > 0)
        return {
          message: `No pod runs kube-proxy and no node answers as one; ${instead.join(' and ')} handles Services instead.`,
          fix: 'Nothing to do: there is no kube-proxy mode to migrate.',
        };
      return {
        message: 'No pod runs kube-proxy and no node answers as one: there is no mode to migrate.',
        fix: 'Find out what handles Services: kubectl get daemonsets,pods -A -o wide\nIf it is a kube-proxy after all, name its DaemonSet in spec.kubeProxy.daemonSet.',
      };
    }),
};

/** Networks that are set up to do kube-proxy's work. Settings that were not seen are left out: the verdict is the same. */
function replacements(cni: CniFacts | undefined): readonly string[] {
  if (cni === undefined) return [];
  const { cilium, calico, antrea, kubeRouter } = cni;
  const dataplaneV2 = cilium?.daemonSet.metadata.name === 'anetd';
  const replaced = cilium !== undefined && /^(?:true|strict)$/.test(valueOr(cilium.kubeProxyReplacement, ''));
  const found: readonly (readonly [boolean, string])[] = [
    [dataplaneV2, 'GKE Dataplane V2'],
    [replaced && !dataplaneV2, 'Cilium (kube-proxy-replacement)'],
    [calico !== undefined && isBpf(calico), 'Calico with its eBPF dataplane'],
    [antrea !== undefined && valueOr(antrea.proxyAll, false), 'Antrea (proxyAll)'],
    [kubeRouter !== undefined && flagValue(kubeRouter.words, '--run-service-proxy') === 'true', 'kube-router'],
    [valueOr(cni.ovnKubernetes, false), 'OVN-Kubernetes'],
  ];
  return found.filter(([is]) => is).map(([, name]) => name);
}

function isBpf(calico: NonNullable<CniFacts['calico']>): boolean {
  if (valueOr(calico.linuxDataplane, undefined) === 'BPF') return true;
  return valueOr(felixSetting(calico, '', 'bpfEnabled'), undefined)?.toLowerCase() === 'true';
}
