// kubeadm and what is built on it: the ConfigMap kube-system/kube-proxy, edited in place.
import { isOfSystem } from '../facts/host-daemon-sets.ts';
import type { Clues, Profile } from './distribution.ts';
import { namespace, nodeAnnotation, nodeLabel, providerPrefix } from './distribution.ts';

export const KUBEADM_PROFILES: readonly Profile[] = [
  {
    id: 'kind',
    name: 'kind',
    right: 'EDIT',
    recognise: (clues) => providerPrefix(clues, 'kind://'),
    upstream: (target) =>
      `To keep it: networking.kubeProxyMode: ${target} in the configuration the cluster is made with.`,
  },
  {
    id: 'minikube',
    name: 'minikube',
    right: 'EDIT-THEN-UPSTREAM',
    recognise: (clues) => nodeLabel(clues, 'minikube.k8s.io/'),
    upstream: (target) => `minikube start --extra-config=kube-proxy.mode=${target}`,
  },
  {
    id: 'kubesphere',
    name: 'KubeSphere KubeKey',
    right: 'EDIT-THEN-UPSTREAM',
    recognise: (clues) => namespace(clues, 'kubesphere-system'),
    upstream: (target) =>
      target === 'nftables'
        ? 'The KubeKey configuration knows iptables and ipvs only (kubernetes.kube_proxy.mode): its next run takes nftables back.'
        : `In the KubeKey configuration: kubernetes.kube_proxy.mode: ${target}`,
  },
  {
    id: 'sealos',
    name: 'sealos',
    right: 'EDIT',
    recognise: (clues) => podNamed(clues, 'kube-sealos-lvscare'),
  },
  {
    id: 'kubespray',
    name: 'kubespray',
    right: 'EDIT-THEN-UPSTREAM',
    recognise: (clues) =>
      kubeadm(clues) === undefined
        ? undefined
        : (podNamed(clues, 'nginx-proxy-') ?? daemonSetNamed(clues, 'nodelocaldns')),
    upstream: (target) =>
      [
        'In the inventory, before the next run:',
        `  kube_proxy_mode: ${target}`,
        ...(target === 'ipvs' ? ['  kube_proxy_strict_arp: true   # when MetalLB or kube-vip announce by ARP'] : []),
      ].join('\n'),
  },
  {
    id: 'cluster-api',
    name: 'Cluster API with kubeadm',
    right: 'EDIT',
    recognise: (clues) => nodeAnnotation(clues, 'cluster.x-k8s.io/'),
  },
  {
    id: 'kubeadm',
    name: 'kubeadm',
    right: 'EDIT',
    recognise: kubeadm,
  },
];

function kubeadm({ snapshot, kubeProxy }: Clues): string | undefined {
  const configMap = snapshot.configMaps['kube-system/kubeadm-config'];
  if (configMap?.known === true && configMap.value !== undefined)
    return 'there is a ConfigMap kube-system/kubeadm-config';
  const hash = 'kubeadm.kubernetes.io/component-config.hash';
  const own = kubeProxy.configMap.known ? kubeProxy.configMap.value.metadata.annotations?.[hash] : undefined;
  return own === undefined ? undefined : `kube-proxy's ConfigMap has annotation ${hash}`;
}

function podNamed({ snapshot }: Clues, prefix: string): string | undefined {
  const pods = snapshot.pods.known ? snapshot.pods.value : [];
  const pod = pods.find((one) => isOfSystem(one) && one.metadata.name.startsWith(prefix));
  return pod === undefined ? undefined : `there is a pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
}

function daemonSetNamed({ snapshot }: Clues, name: string): string | undefined {
  const found =
    snapshot.daemonSets.known &&
    snapshot.daemonSets.value.some(({ metadata }) => metadata.name === name && metadata.namespace === 'kube-system');
  return found ? `there is a DaemonSet ${name}` : undefined;
}
