// Small clusters for tests: a kubeadm cluster in iptables mode with one healthy node, unless said otherwise. What is not said is
// known and empty; `unseen(why)` in place of a list makes it unseen.
import { stringify } from 'yaml';
import type { MigrationSpec } from '../../api/migration.ts';
import { CUSTOM_PATHS, LIST_PATHS } from '../facts/snapshot.ts';
import type { CustomList, Snapshot } from '../facts/snapshot.ts';
import type { ConfigMap, Container, Custom, DaemonSet, EnvVar, Pod, Service } from '../facts/objects.ts';
import { isUnseen, known } from '../known.ts';
import type { Known, Unseen } from '../known.ts';
import type { NodePart } from './node.ts';
import { node } from './node.ts';

type Part<T> = readonly T[] | Unseen;
type Lists = Omit<Snapshot, 'nodes' | 'configMaps' | 'custom' | 'readings' | 'probes' | 'serverVersion'>;

export type ClusterParts = {
  readonly [K in keyof Lists]?: Lists[K] extends Known<readonly (infer T)[]> ? Part<T> : never;
} & {
  readonly nodes?: readonly NodePart[] | Unseen;
  /** Of kube-proxy's image and of the API server. */
  readonly version?: string;
  /** Fields of the KubeProxyConfiguration on top of `mode: iptables`; a text replaces it; unseen. */
  readonly config?: Readonly<Record<string, unknown>> | string | Unseen;
  /** spec.config of the migration. */
  readonly change?: MigrationSpec['config'];
  /** Changes to kube-proxy's DaemonSet; null: there is none, and no pod of it. `daemonSets` come on top. */
  readonly proxy?: Partial<ProxyParts> | null;
  /** Data by namespace/name, on top of kube-proxy's own; undefined: known not to exist. Others are known not to exist. */
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>> | Unseen>>;
  readonly custom?: Readonly<Partial<Record<CustomList, Part<Custom>>>>;
};

export type ProxyParts = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly subPath: string;
  readonly container: Partial<Container>;
  readonly updateStrategy: NonNullable<NonNullable<DaemonSet['spec']>['updateStrategy']>;
  readonly status: NonNullable<DaemonSet['status']>;
  readonly configMap: Partial<ConfigMap['metadata']>;
  /** `server:` of its kubeconfig. */
  readonly apiServer: string;
};

const VERSION = 'v1.36.3';

export function snapshotOf(parts: ClusterParts = {}): Snapshot {
  const { nodes = [node()], version = VERSION, proxy = {} } = parts;
  // Whoever may not list nodes may still list what runs on them.
  const all = isUnseen(nodes) ? [node()] : nodes;
  const own = proxy === null ? [] : [proxyDaemonSet(proxy, version)];
  const pods =
    proxy === null
      ? []
      : all.filter(({ hasPod }) => hasPod).map(({ object }) => proxyPod(object.metadata.name, version));
  const lists = Object.fromEntries(Object.keys(LIST_PATHS).map((name) => [name, listed(parts[name as keyof Lists])]));
  return {
    ...(lists as unknown as Lists),
    serverVersion: known(version),
    nodes: isUnseen(nodes) ? nodes : known(nodes.map(({ object }) => object)),
    daemonSets: withOwn(own, parts.daemonSets),
    pods: withOwn([...pods, ...podsOfDaemonSets(parts.daemonSets)], parts.pods),
    configMaps: configMaps(parts),
    custom: customLists(parts.custom),
    readings: Object.fromEntries(
      all.flatMap(({ object, answers }) => (answers === undefined ? [] : [[object.metadata.name, answers]])),
    ),
    probes: Object.fromEntries(
      all.flatMap(({ object, probe }) => (probe === undefined ? [] : [[object.metadata.name, probe]])),
    ),
  };
}

function listed<T>(part: Part<T> | undefined): Known<readonly T[]> {
  return part === undefined ? known([]) : isUnseen(part) ? part : known(part);
}

function withOwn<T>(own: readonly T[], part: Part<T> | undefined): Known<readonly T[]> {
  return isUnseen(part) ? part : known([...own, ...(part ?? [])]);
}

function customLists(parts: ClusterParts['custom']): Snapshot['custom'] {
  const names = Object.keys(CUSTOM_PATHS) as readonly CustomList[];
  return Object.fromEntries(names.map((name) => [name, listed(parts?.[name])])) as Snapshot['custom'];
}

/** Those not named are known not to exist. */
function configMaps({ config = {}, configMaps: more = {}, proxy = {} }: ClusterParts): Snapshot['configMaps'] {
  const apiServer = proxy?.apiServer ?? 'https://10.0.0.1:6443';
  const kubeconfig = `clusters:\n- cluster:\n    server: ${apiServer}\n`;
  const metadata = { name: 'kube-proxy', namespace: 'kube-system', ...proxy?.configMap };
  const own = isUnseen(config)
    ? config
    : known({ metadata, data: { 'config.conf': configText(config), 'kubeconfig.conf': kubeconfig } });
  const others = Object.entries(more).map(([name, data]) => [
    name,
    isUnseen(data) ? data : known(configMap(name, data)),
  ]);
  const all: Snapshot['configMaps'] = { 'kube-system/kube-proxy': own, ...Object.fromEntries(others) };
  return new Proxy(all, { get: (target, name) => target[String(name)] ?? known(undefined) });
}

function configMap(name: string, data: Readonly<Record<string, string>>): ConfigMap {
  const [namespace = '', own = ''] = name.split('/');
  return { metadata: { name: own, namespace }, data };
}

function configText(config: Readonly<Record<string, unknown>> | string): string {
  if (typeof config === 'string') return config;
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clusterCIDR: '10.244.0.0/16',
    clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' },
    ...config,
  });
}

function proxyDaemonSet(proxy: Partial<ProxyParts>, version: string): DaemonSet {
  const mount = { name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' };
  const container: Container = {
    name: 'kube-proxy',
    image: `registry.k8s.io/kube-proxy:${version}`,
    command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
    args: proxy.args ?? [],
    securityContext: { privileged: true },
    volumeMounts: [
      proxy.subPath === undefined
        ? mount
        : { name: 'kube-proxy', mountPath: '/var/lib/kube-proxy/config.conf', subPath: proxy.subPath },
      { name: 'lib-modules', mountPath: '/lib/modules' },
    ],
    ...proxy.container,
  };
  const labels = { 'k8s-app': 'kube-proxy', ...proxy.labels };
  return {
    metadata: { name: 'kube-proxy', namespace: 'kube-system', labels, annotations: proxy.annotations ?? {} },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'kube-proxy' } },
      updateStrategy: proxy.updateStrategy ?? { type: 'OnDelete' },
      template: {
        spec: {
          hostNetwork: true,
          containers: [container],
          volumes: [
            { name: 'kube-proxy', configMap: { name: 'kube-proxy' } },
            { name: 'lib-modules', hostPath: { path: '/lib/modules' } },
          ],
        },
      },
    },
    status: { currentNumberScheduled: 1, ...proxy.status },
  };
}

export function proxyPod(nodeName: string, version = VERSION): Pod {
  return {
    metadata: {
      name: `kube-proxy-${nodeName}`,
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-proxy' },
      ownerReferences: [{ kind: 'DaemonSet', name: 'kube-proxy' }],
    },
    spec: {
      nodeName,
      hostNetwork: true,
      containers: [
        { name: 'kube-proxy', image: `registry.k8s.io/kube-proxy:${version}`, command: ['/usr/local/bin/kube-proxy'] },
      ],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'kube-proxy', ready: true, restartCount: 0 }],
    },
  };
}

export type WorkloadParts = {
  readonly namespace?: string;
  readonly image?: string;
  /** Of the container; the DaemonSet's own when left out. */
  readonly container?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Names of ConfigMaps that are mounted. */
  readonly configMaps?: readonly string[];
  readonly owner?: string;
  /** True when left out, as of everything that programs a node's network. */
  readonly hostNetwork?: boolean;
  /** 0: there is no pod of it. */
  readonly scheduled?: number;
};

/** A DaemonSet with one container: networks, DNS caches, load balancers. */
export function daemonSet(name: string, parts: WorkloadParts = {}): DaemonSet {
  const {
    namespace = 'kube-system',
    image = `example/${name}:v1.0.0`,
    container = name,
    args = [],
    labels = {},
    hostNetwork = true,
    scheduled,
  } = parts;
  const env: readonly EnvVar[] = Object.entries(parts.env ?? {}).map(([key, value]) => ({ name: key, value }));
  const volumes = (parts.configMaps ?? []).map((configMapName) => ({
    name: configMapName,
    configMap: { name: configMapName },
  }));
  const ownerReferences = parts.owner === undefined ? [] : [{ kind: parts.owner, name: 'default' }];
  return {
    metadata: { name, namespace, labels, ownerReferences },
    spec: { template: { spec: { hostNetwork, containers: [{ name: container, image, args, env }], volumes } } },
    ...(scheduled === undefined
      ? {}
      : { status: { desiredNumberScheduled: scheduled, currentNumberScheduled: scheduled } }),
  };
}

/** One of each that has any, on no node in particular. */
function podsOfDaemonSets(daemonSets: ClusterParts['daemonSets'] = []): readonly Pod[] {
  const all = isUnseen(daemonSets) ? [] : daemonSets.filter(({ status }) => status?.desiredNumberScheduled !== 0);
  return all.map(({ metadata: { name, namespace = 'default' }, spec }) => ({
    metadata: { name: `${name}-x7k2p`, namespace, ownerReferences: [{ kind: 'DaemonSet', name }] },
    spec: { ...spec?.template?.spec },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }));
}

/** Ports are given by number; what else there is goes into `spec`. */
export function service(
  name: string,
  spec: NonNullable<Service['spec']> = {},
  ingress: readonly string[] = [],
): Service {
  return {
    metadata: { name, namespace: 'default' },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.50', ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } },
  };
}

export function custom(name: string, spec: Readonly<Record<string, unknown>>): Custom {
  return { metadata: { name }, spec };
}
