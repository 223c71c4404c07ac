// A cluster from its YAML file: the objects as the API server would list them, and what each kube-proxy answers. Everything a
// DaemonSet or a kubelet would add (a pod per node, Ready conditions) is added here, so that the files hold what is particular.
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type {
  ApiService,
  ConfigMap,
  Custom,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Metadata,
  NodeObject,
  Pod,
  Service,
  ServiceCidr,
  WebhookConfiguration,
} from '../../../src/preflight/facts/objects.ts';
import type { CustomList } from '../../../src/preflight/facts/snapshot.ts';
import { expand, type Repeated } from './expand.ts';
import { daemonSetPods, podsOnNodes } from './pods.ts';
import { shapeOf, type ShapeChoice } from './shape.ts';
import { systemEndpoints, systemServices, type SystemServices } from './system-services.ts';

/** What kube-proxy says of itself on a node. */
export type Spoken = {
  readonly mode: string;
  readonly version: string;
  /** Lines of /metrics beside its start, its version and its last sync. */
  readonly metrics?: readonly string[];
};

type NodeEntry = Repeated<NodeObject & { readonly address: string; readonly kubeProxy?: Spoken }>;

type File = {
  readonly serverVersion: string;
  /** kube-proxy as an installer leaves it. */
  readonly shape?: ShapeChoice;
  /** Addresses of the Services every cluster has. */
  readonly services?: readonly Repeated<Service>[];
  readonly system: SystemServices;
  readonly nodes: readonly NodeEntry[];
  readonly namespaces?: readonly string[];
  readonly daemonSets?: readonly Repeated<DaemonSet>[];
  readonly deployments?: readonly Repeated<Deployment>[];
  /** `onEach`: on every node whose name begins so. */
  readonly pods?: readonly Repeated<Pod & { readonly onEach?: string }>[];
  readonly endpointSlices?: readonly Repeated<EndpointSlice>[];
  readonly serviceCidrs?: readonly Repeated<ServiceCidr>[];
  readonly validatingWebhooks?: readonly WebhookConfiguration[];
  readonly mutatingWebhooks?: readonly WebhookConfiguration[];
  readonly apiServices?: readonly ApiService[];
  /** By namespace/name. */
  readonly configMaps?: Readonly<
    Record<string, { readonly metadata?: Partial<Metadata>; readonly data: ConfigMap['data'] }>
  >;
  readonly custom?: Readonly<Partial<Record<CustomList, readonly Custom[]>>>;
};

export type RecordedCluster = Required<
  Omit<
    File,
    | 'shape'
    | 'system'
    | 'nodes'
    | 'namespaces'
    | 'daemonSets'
    | 'deployments'
    | 'pods'
    | 'services'
    | 'endpointSlices'
    | 'serviceCidrs'
    | 'configMaps'
  >
> & {
  readonly name: string;
  readonly nodes: readonly NodeObject[];
  readonly namespaces: readonly { readonly metadata: Metadata }[];
  readonly daemonSets: readonly DaemonSet[];
  readonly deployments: readonly Deployment[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly serviceCidrs: readonly ServiceCidr[];
  readonly configMaps: readonly ConfigMap[];
  /** By node. A node that is not here has no kube-proxy that listens. */
  readonly spoken: Readonly<Record<string, Spoken>>;
};

const FOLDER = new URL('../clusters/', import.meta.url);

export const RECORDED: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

export function recordedCluster(name: string): RecordedCluster {
  const file = { ...EMPTY, ...(parse(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8')) as File) };
  const entries = expand(file.nodes);
  const nodes = entries.map(nodeObject);
  const shape = file.shape === undefined ? { daemonSets: [], configMaps: [] } : shapeOf(file.shape);
  const daemonSets = [...shape.daemonSets, ...expand(file.daemonSets)].map(withStatus(nodes));
  const { serverVersion, custom, validatingWebhooks, mutatingWebhooks, apiServices } = file;
  return {
    name,
    serverVersion,
    custom,
    validatingWebhooks,
    mutatingWebhooks,
    apiServices,
    nodes,
    namespaces: file.namespaces.map((own) => ({ metadata: { name: own } })),
    daemonSets,
    deployments: expand(file.deployments),
    pods: [...daemonSetPods(daemonSets, nodes), ...podsOnNodes(expand(file.pods), nodes)],
    services: [...systemServices(file.system), ...expand(file.services)],
    endpointSlices: [...systemEndpoints(file.system), ...expand(file.endpointSlices)],
    serviceCidrs: expand(file.serviceCidrs),
    configMaps: [...shape.configMaps, ...Object.entries(file.configMaps).map(configMap)],
    spoken: Object.fromEntries(
      entries.flatMap(({ metadata, kubeProxy }) =>
        kubeProxy === undefined ? [] : [[metadata.name, kubeProxy] as const],
      ),
    ),
  };
}

const EMPTY: Required<Omit<File, 'serverVersion' | 'shape' | 'system' | 'nodes'>> = {
  namespaces: ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
  daemonSets: [],
  deployments: [],
  pods: [],
  services: [],
  endpointSlices: [],
  serviceCidrs: [],
  validatingWebhooks: [],
  mutatingWebhooks: [],
  apiServices: [],
  configMaps: {},
  custom: {},
};

function configMap([path, { metadata, data = {} }]: [string, NonNullable<File['configMaps']>[string]]): ConfigMap {
  const [namespace = '', name = ''] = path.split('/');
  return { metadata: { name, namespace, ...metadata }, data };
}

/** With the labels, addresses and conditions every kubelet reports. */
function nodeObject({ address, kubeProxy: _spoken, ...node }: NodeEntry): NodeObject {
  const { name, labels = {} } = node.metadata;
  const os = node.status?.nodeInfo?.operatingSystem ?? 'linux';
  return {
    ...node,
    metadata: { ...node.metadata, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': os, ...labels } },
    status: {
      capacity: { cpu: '8', memory: '32Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      ...node.status,
      nodeInfo: { architecture: 'amd64', operatingSystem: os, ...node.status?.nodeInfo },
    },
  };
}

function withStatus(nodes: readonly NodeObject[]): (daemonSet: DaemonSet) => DaemonSet {
  return (daemonSet) => {
    const count = daemonSetPods([daemonSet], nodes).length;
    const status = { desiredNumberScheduled: count, updatedNumberScheduled: count, numberReady: count };
    return { ...daemonSet, status: { ...status, ...daemonSet.status } };
  };
}
