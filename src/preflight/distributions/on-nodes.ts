// Distributions whose kube-proxy is configured by files of the nodes.
import { isOfSystem } from '../facts/host-daemon-sets.ts';
import type { Profile } from './distribution.ts';
import { kubeletSuffix, nodeAnnotation, nodeLabel, osImage, providerPrefix } from './distribution.ts';

export const NODE_PROFILES: readonly Profile[] = [
  {
    id: 'rke2',
    name: 'RKE2',
    right: 'NODE',
    recognise: (clues) => kubeletSuffix(clues, '+rke2') ?? nodeAnnotation(clues, 'rke2.io/node-args'),
    upstream: (target) =>
      [
        'On every node, in /etc/rancher/rke2/config.yaml:',
        '  kube-proxy-arg:',
        `    - proxy-mode=${target}`,
        'then restart rke2-server or rke2-agent, one node at a time.',
        ...(target === 'nftables'
          ? [
              'With Canal, first a HelmChartConfig for rke2-canal: flannel.enableNFTables: true and calico.felixIptablesBackend: nft.',
            ]
          : []),
      ].join('\n'),
  },
  {
    id: 'k3s',
    name: 'k3s',
    right: 'NODE',
    recognise: (clues) => kubeletSuffix(clues, '+k3s') ?? nodeAnnotation(clues, 'k3s.io/node-args'),
    upstream: (target) =>
      [
        'On every node, in /etc/rancher/k3s/config.yaml:',
        '  kube-proxy-arg:',
        `    - proxy-mode=${target}`,
        'then `systemctl restart k3s` (servers) or `systemctl restart k3s-agent`, one node at a time.',
      ].join('\n'),
  },
  {
    id: 'rke1',
    name: 'Rancher RKE1',
    right: 'NODE',
    recognise: (clues) => nodeAnnotation(clues, 'rke.cattle.io/internal-ip'),
    upstream: (target) =>
      `In cluster.yml: services.kubeproxy.extra_args.proxy-mode: ${target}, then \`rke up\`. RKE1 is at its end of life and cleans nothing up.`,
  },
  {
    id: 'k0s',
    name: 'k0s',
    right: ({ snapshot }) => {
      const { k0sClusterConfigs } = snapshot.custom;
      return k0sClusterConfigs.known && k0sClusterConfigs.value.length > 0 ? 'API' : 'NODE';
    },
    reverted: true,
    recognise: (clues) => kubeletSuffix(clues, '+k0s'),
    upstream: (target) =>
      [
        'With dynamic configuration:',
        `  kubectl -n kube-system patch clusterconfig k0s --type merge -p '{"spec":{"network":{"kubeProxy":{"mode":"${target}"}}}}'`,
        `otherwise spec.network.kubeProxy.mode: ${target} in /etc/k0s/k0s.yaml of every controller, then restart k0scontroller.`,
      ].join('\n'),
  },
  {
    id: 'microk8s',
    name: 'MicroK8s',
    right: 'NODE',
    recognise: (clues) => nodeLabel(clues, 'microk8s.io/cluster'),
    upstream: (target) =>
      `On every node: --proxy-mode=${target} in /var/snap/microk8s/current/args/kube-proxy, then \`snap restart microk8s.daemon-kubelite\`.`,
  },
  {
    id: 'talos',
    name: 'Talos',
    right: 'EDIT-THEN-UPSTREAM',
    recognise: (clues) => osImage(clues, /\bTalos\b/i),
    upstream: (target) =>
      [
        'In the machine configuration of the control planes, before the next `talosctl upgrade-k8s`:',
        '  cluster:',
        '    proxy:',
        `      mode: ${target}`,
      ].join('\n'),
  },
  {
    id: 'kops',
    name: 'kOps',
    right: 'API',
    recognise: ({ snapshot }) => {
      const pod = snapshot.pods.known
        ? snapshot.pods.value.find(
            (one) => isOfSystem(one) && one.metadata.labels?.['kubernetes.io/managed-by'] === 'nodeup',
          )
        : undefined;
      return pod === undefined ? undefined : `pod ${pod.metadata.name} has label kubernetes.io/managed-by=nodeup`;
    },
    upstream: (target) =>
      `\`kops edit cluster\`: spec.kubeProxy.proxyMode: ${target}, then \`kops update cluster --yes\` and \`kops rolling-update cluster --yes\`.`,
  },
  {
    id: 'gke',
    name: 'GKE',
    right: ({ kubeProxy }) => (kubeProxy.place.known && kubeProxy.place.value.kind === 'absent' ? 'NONE' : 'NODE'),
    recognise: (clues) => nodeLabel(clues, 'cloud.google.com/gke-nodepool') ?? providerPrefix(clues, 'gce://gke-'),
    upstream: () => 'GKE does not let the mode of kube-proxy be chosen. Dataplane V2 has none.',
  },
];
