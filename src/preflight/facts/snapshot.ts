// The raw material of one preflight: what was listed, read and run, each as it came. Gathered once; `toFacts` makes facts of it.
import type { Known } from '../known.ts';
import type {
  ApiService,
  ConfigMap,
  Custom,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Namespace,
  NodeObject,
  Pod,
  Service,
  ServiceCidr,
  WebhookConfiguration,
} from './objects.ts';

/** A list that could not be made is unseen ("listing pods is forbidden"); one whose API is not served is known and empty. */
export type Listed<T> = Known<readonly T[]>;

export type Snapshot = {
  /** gitVersion of /version. */
  readonly serverVersion: Known<string>;
  readonly nodes: Listed<NodeObject>;
  readonly namespaces: Listed<Namespace>;
  readonly pods: Listed<Pod>;
  readonly daemonSets: Listed<DaemonSet>;
  readonly deployments: Listed<Deployment>;
  readonly services: Listed<Service>;
  readonly endpointSlices: Listed<EndpointSlice>;
  readonly serviceCidrs: Listed<ServiceCidr>;
  readonly validatingWebhooks: Listed<WebhookConfiguration>;
  readonly mutatingWebhooks: Listed<WebhookConfiguration>;
  readonly apiServices: Listed<ApiService>;
  /** By namespace/name; undefined when it is known not to exist. `configMapsToRead` says which to ask for. */
  readonly configMaps: Readonly<Record<string, Known<ConfigMap | undefined>>>;
  readonly custom: Readonly<Record<CustomList, Listed<Custom>>>;
  /** By node name: what kube-proxy answered. A node without an entry was not asked. */
  readonly readings: Readonly<Record<string, KubeProxyAnswers>>;
  /** By node name: what the commands of `probe-commands.ts` gave. A node without an entry was not probed. */
  readonly probes: Readonly<Record<string, ProbeOutputs>>;
};

/** Bodies as they came; unseen says what went wrong. */
export type KubeProxyAnswers = {
  readonly proxyMode: Known<string>;
  readonly metrics: Known<string>;
};

export type CommandOutput = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type ProbeOutputs = {
  /** Where the programs came from: `host` over SSH; `image` in a helper pod of the kube-proxy image, whose nft and ipset are kube-proxy's. */
  readonly programs: 'host' | 'image';
  /** By id of probe-commands.ts. A command that gave no exit code (timed out, unreachable) is unseen. */
  readonly outputs: Readonly<Record<string, Known<CommandOutput>>>;
  /** Why the node could not be looked at. */
  readonly problem?: string;
};

/** The lists a preflight reads: where they are. An API that is not served (404) is a known empty list. */
export const LIST_PATHS = {
  nodes: '/api/v1/nodes',
  namespaces: '/api/v1/namespaces',
  pods: '/api/v1/pods',
  daemonSets: '/apis/apps/v1/daemonsets',
  deployments: '/apis/apps/v1/deployments',
  services: '/api/v1/services',
  endpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
  serviceCidrs: '/apis/networking.k8s.io/v1/servicecidrs',
  validatingWebhooks: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  mutatingWebhooks: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  apiServices: '/apis/apiregistration.k8s.io/v1/apiservices',
} as const;

/** Custom resources that decide something, each with the paths to try: the first that is served counts. */
export const CUSTOM_PATHS = {
  felixConfigurations: [
    '/apis/crd.projectcalico.org/v1/felixconfigurations',
    '/apis/projectcalico.org/v3/felixconfigurations',
  ],
  installations: ['/apis/operator.tigera.io/v1/installations'],
  ciliumNodeConfigs: ['/apis/cilium.io/v2/ciliumnodeconfigs', '/apis/cilium.io/v2alpha1/ciliumnodeconfigs'],
  l2Advertisements: ['/apis/metallb.io/v1beta1/l2advertisements'],
  clusterNetworkOperators: ['/apis/operator.openshift.io/v1/networks'],
  k0sClusterConfigs: ['/apis/k0s.k0sproject.io/v1beta1/clusterconfigs'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type CustomList = keyof typeof CUSTOM_PATHS;

/**
 * ConfigMaps of well-known names; the chart's rbac-read.yaml has the same. None that may hold secrets, as RKE1's full-cluster-state did
 * (CVE-2023-32191). Those of kube-proxy itself, whose names differ, come on top: `configMapsToRead`. */
export const CONFIG_MAPS = [
  'kube-system/kubeadm-config',
  'kube-system/kubelet-config',
  'kube-public/cluster-info',
  'kube-system/kube-proxy',
  'kube-system/cilium-config',
  'kube-system/antrea-config',
  'kube-system/calico-config',
  'kube-system/canal-config',
  'kube-system/kube-flannel-cfg',
  'kube-flannel/kube-flannel-cfg',
  'kube-system/kube-router-cfg',
  'kube-system/node-local-dns',
  'kube-system/nodelocaldns',
] as const;
