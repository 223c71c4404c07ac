// ipvs mode puts every Service address on kube-ipvs0 of every node. Without strictARP each node answers ARP for all of them, beside
// the one node that announces the address.
import type { CniFacts } from '../facts/cni.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { at } from '../facts/fields.ts';
import { imageTag } from '../facts/image.ts';
import { containersOf } from '../facts/installed.ts';
import type { DaemonSet, Deployment, Pod } from '../facts/objects.ts';
import { derive, deriveFrom, given, known } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { configFor, flagAt } from './shared-config.ts';
import { hasEnv, podName, runsImage } from './shared-node-pods.ts';

export const strictarpRequired: ClusterRule = {
  id: 'strictarp-required',
  section: 5,
  scope: 'cluster',
  title: 'addresses are announced by ARP while ipvs.strictARP is not set',
  verdicts: { ipvs: 'block' },
  source: 'metallb.io/installation, preparation; kubespray roles/kubernetes/preinstall; kube-vip documentation',
  onlyForward: true,
  check: (context) =>
    given([announcers(context.cluster)], (found) => {
      if (found.length === 0) return undefined;
      return given([configFor(context)], (config) => {
        if (flagAt(config, ['ipvs', 'strictARP'])) return undefined;
        return {
          message: `${found.join('; ')}. ipvs.strictARP is not true: in ipvs mode every node would answer ARP for every Service address.`,
          fix: "# in the ProxyModeMigration; in kube-proxy's own configuration it is the same field\nspec:\n  config:\n    ipvs:\n      strictARP: true",
        };
      });
    }),
};

/** Sentences without a full stop. */
function announcers(cluster: ClusterFacts): Known<readonly string[]> {
  return deriveFrom(
    [cluster.daemonSets, cluster.deployments, cluster.pods, cluster.cni],
    (daemonSets, deployments, pods, cni) =>
      derive([metalLb(cluster, daemonSets), antrea(cni)], (...found) => [
        ...found.flat(),
        ...kubeVip(pods),
        ...openElb(daemonSets, deployments),
      ]),
  );
}

/** Up to 0.12 its protocol is in a ConfigMap; from 0.13 on it announces by ARP where there is an L2Advertisement. */
function metalLb({ custom }: ClusterFacts, daemonSets: readonly DaemonSet[]): Known<readonly string[]> {
  const images = daemonSets.flatMap((one) => containersOf(one).map(({ image = '' }) => image));
  const image = images.find((one) => /metallb.*speaker|metallb-speaker/.test(one));
  if (image === undefined) return known([]);
  const tag = imageTag(image) ?? '';
  const minor = /^v?0\.(\d+)/.exec(tag)?.[1];
  if (minor !== undefined && Number(minor) < 13)
    return known([`MetalLB ${tag} may announce by ARP: its protocol is in a ConfigMap of its own`]);
  return derive([custom.l2Advertisements], (all) =>
    all.length === 0 ? [] : [`MetalLB announces by ARP (L2Advertisement ${all[0]?.metadata.name ?? ''})`],
  );
}

function kubeVip(pods: readonly Pod[]): readonly string[] {
  const pod = pods.find((one) => runsImage(one, /kube-vip/) && hasEnv(one, 'vip_arp') && hasEnv(one, 'svc_enable'));
  return pod === undefined
    ? []
    : [`kube-vip announces Services by ARP (pod ${podName(pod)}: vip_arp and svc_enable are true)`];
}

/** Whether by ARP or BGP is a matter of each of its Eips; strictARP does no harm with either. */
function openElb(daemonSets: readonly DaemonSet[], deployments: readonly Deployment[]): readonly string[] {
  const found = [...daemonSets, ...deployments].find(({ metadata }) =>
    /^openelb-(?:manager|speaker)$/.test(metadata.name),
  );
  return found === undefined ? [] : [`OpenELB may announce by ARP (${found.metadata.name})`];
}

/** ServiceExternalIP is Antrea's own load balancer; nodes answer ARP for its addresses. */
function antrea({ antrea: installed }: CniFacts): Known<readonly string[]> {
  if (installed === undefined) return known([]);
  return derive([installed.agentConfig], (config) =>
    at(config, ['featureGates', 'ServiceExternalIP']) === true
      ? ['Antrea announces Services by ARP (feature gate ServiceExternalIP)']
      : [],
  );
}
