// Distributions in which a provider or a controller owns kube-proxy.
import type { Profile } from './distribution.ts';
import { daemonSetLabel, namespace, nodeLabel, providerPrefix } from './distribution.ts';

export const MANAGED_PROFILES: readonly Profile[] = [
  {
    id: 'aks',
    name: 'AKS',
    right: 'API',
    reverted: true,
    recognise: (clues) => nodeLabel(clues, 'kubernetes.azure.com/cluster'),
    upstream: (target) =>
      [
        `Write {"enabled": true, "mode": "${target.toUpperCase()}"} to kube-proxy.json, then:`,
        '  az aks update --resource-group GROUP --name CLUSTER --kube-proxy-config kube-proxy.json',
        'It needs the preview feature KubeProxyConfigurationPreview; nftables needs Kubernetes 1.33.',
      ].join('\n'),
  },
  {
    id: 'eks',
    name: 'EKS',
    // The managed addon's next update takes the fields back; a DaemonSet of one's own stays as it is edited.
    right: (clues) => (daemonSetLabel(clues, 'eks.amazonaws.com/component') === undefined ? 'EDIT' : 'API'),
    recognise: (clues) =>
      daemonSetLabel(clues, 'eks.amazonaws.com/component') ??
      nodeLabel(clues, 'eks.amazonaws.com/') ??
      (clues.kubeProxy.configMap.known && clues.kubeProxy.configMap.value.metadata.name === 'kube-proxy-config'
        ? providerPrefix(clues, 'aws://')
        : undefined),
    upstream: (target) => {
      const values = JSON.stringify({ mode: target, ...(target === 'ipvs' ? { ipvs: { scheduler: 'rr' } } : {}) });
      return `aws eks update-addon --cluster-name CLUSTER --addon-name kube-proxy --configuration-values '${values}' --resolve-conflicts OVERWRITE`;
    },
  },
  {
    id: 'openshift',
    name: 'OpenShift',
    right: 'API',
    reverted: true,
    recognise: ({ snapshot }) => {
      const { clusterNetworkOperators } = snapshot.custom;
      const one = clusterNetworkOperators.known ? clusterNetworkOperators.value[0] : undefined;
      return one === undefined ? undefined : `there is a network.operator.openshift.io ${one.metadata.name}`;
    },
    upstream: (target) =>
      `oc patch network.operator.openshift.io cluster --type merge -p '{"spec":{"kubeProxyConfig":{"proxyArguments":{"proxy-mode":["${target}"]}}}}'`,
  },
  {
    id: 'gardener',
    name: 'Gardener',
    right: 'API',
    reverted: true,
    recognise: (clues) =>
      daemonSetLabel(clues, 'gardener.cloud/role') ??
      daemonSetLabel(clues, 'resources.gardener.cloud/managed-by') ??
      nodeLabel(clues, 'worker.gardener.cloud/'),
    upstream: (target) => `In the Shoot: spec.kubernetes.kubeProxy.mode: ${MODE_OF_SHOOT[target]}`,
  },
  {
    id: 'kkp',
    name: 'Kubermatic Kubernetes Platform',
    right: 'API',
    reverted: true,
    recognise: (clues) => nodeLabel(clues, 'machine-controller/') ?? namespace(clues, 'cloud-init-settings'),
    upstream: (target) =>
      `In the Cluster on the seed: spec.clusterNetwork.proxyMode: ${target}. The field is immutable without the label unsafe-cni-migration.`,
  },
  {
    id: 'deckhouse',
    name: 'Deckhouse',
    right: 'API',
    reverted: true,
    recognise: (clues) => namespace(clues, 'd8-system'),
    upstream: (target) => `In the settings of the Deckhouse module that runs kube-proxy: mode ${target}.`,
  },
];

/** gardener/gardener pkg/apis/core/v1beta1, ProxyMode. */
const MODE_OF_SHOOT = { iptables: 'IPTables', ipvs: 'IPVS', nftables: 'NFTables' } as const;
