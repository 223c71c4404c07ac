// From a Node object, what its kube-proxy answered and what was seen on it, to the facts of one node.
import { parseKernel } from '../../kubeproxy/kernel-version.ts';
import { readMetrics } from '../../kubeproxy/metrics.ts';
import type { ProxyMetrics } from '../../kubeproxy/metrics.ts';
import { derive, deriveFrom, firstKnown, known, knownOr, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import { counterTotal } from '../parse/counter.ts';
import type { KubeProxyFacts } from './cluster.ts';
import { own } from './fields.ts';
import { imageVersion, readVersion } from './image.ts';
import { osOf } from './kube-proxy-facts.ts';
import type { NodeFacts, NodeKubeProxy, ReadVersion } from './node.ts';
import type { NodeObject, Pod } from './objects.ts';
import { probeFacts } from './probe-facts.ts';
import type { ProbeFacts } from './probe.ts';
import type { KubeProxyAnswers, Snapshot } from './snapshot.ts';

/** Facts that were made of a node's outputs as soon as they came, so that those need not be kept. By node name. */
export type Probed = Readonly<Record<string, ProbeFacts>>;

type Around = {
  readonly kubeProxy: KubeProxyFacts;
  readonly snapshot: Snapshot;
  readonly probed: Probed;
  /** kube-proxy's, by the node's name: looked through once, not once for each node. */
  readonly pods: Known<ReadonlyMap<string | undefined, readonly Pod[]>>;
};

export function allNodeFacts(
  objects: readonly NodeObject[],
  kubeProxy: KubeProxyFacts,
  snapshot: Snapshot,
  probed: Probed = {},
): readonly NodeFacts[] {
  const pods = derive([kubeProxy.pods], (all) => Map.groupBy(all, ({ spec }) => spec?.nodeName));
  return objects.map((object) => nodeFacts(object, { kubeProxy, snapshot, probed, pods }));
}

function nodeFacts(object: NodeObject, { kubeProxy, snapshot, probed, pods }: Around): NodeFacts {
  const { name, labels } = object.metadata;
  const pod = derive([pods], (all) => current(all.get(name) ?? []));
  const info = object.status?.nodeInfo;
  return {
    name,
    object,
    os: osOf(object),
    osImage: info?.osImage ?? '',
    kubelet: derive([knownOr(info?.kubeletVersion, `node ${name} reports no kubelet version`)], readVersion),
    kernel: kernelOf(name, info?.kernelVersion),
    ready: isReady(object),
    controlPlane: CONTROL_PLANE_LABELS.some((label) => labels?.[label] !== undefined),
    internalIps: addressesOf(object, 'InternalIP'),
    externalIps: addressesOf(object, 'ExternalIP'),
    podCidrs: podCidrsOf(object),
    cpus: cpusOf(object.status?.capacity?.['cpu']),
    kubeProxy: nodeKubeProxy(name, kubeProxy, pod, own(snapshot.readings, name)),
    probe: own(probed, name) ?? probeFacts(name, own(snapshot.probes, name)),
  };
}

function isReady({ status }: NodeObject): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

function podCidrsOf({ spec }: NodeObject): readonly string[] {
  return spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]);
}

const CONTROL_PLANE_LABELS = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/controlplane',
  'node-role.kubernetes.io/master',
];

function addressesOf(object: NodeObject, type: string): readonly string[] {
  return (object.status?.addresses ?? []).filter((one) => one.type === type).map(({ address }) => address);
}

function kernelOf(node: string, release: string | undefined): NodeFacts['kernel'] {
  const version = release === undefined ? undefined : parseKernel(release);
  return version === undefined || release === undefined
    ? unseen(`node ${node} reports the kernel ${JSON.stringify(release ?? '')}, whose version cannot be read`)
    : known({ text: release, ...version });
}

/** Quantities: 4, 3920m. */
function cpusOf(capacity: string | undefined): number | undefined {
  const match = /^([0-9.]+)(m?)$/.exec(capacity ?? '');
  return match === null ? undefined : Number(match[1]) / (match[2] === 'm' ? 1000 : 1);
}

function nodeKubeProxy(
  name: string,
  cluster: KubeProxyFacts,
  pod: Known<Pod | undefined>,
  answers: KubeProxyAnswers | undefined,
): NodeKubeProxy {
  const notAsked = unseen(`kube-proxy on node ${name} was not asked`);
  const text = answers?.metrics ?? notAsked;
  const proxyMode = derive([answers?.proxyMode ?? notAsked], (body) => body.trim());
  const metrics = derive([text], readMetrics);
  return {
    pod,
    version: versionOf(metrics, pod),
    asked: answers !== undefined,
    proxyMode,
    mode: firstKnown(proxyMode, cluster.configuredMode),
    localhostNodePortPackets: counter(text, 'kubeproxy_iptables_localhost_nodeports_accepted_packets_total'),
    invalidDroppedPackets: counter(text, 'kubeproxy_iptables_ct_state_invalid_dropped_packets_total'),
    syncFailures: derive([metrics], ({ syncFailures }) => syncFailures),
    lastSync: derive([metrics], ({ lastSync }) => lastSync),
    processStart: deriveFrom([metrics], ({ processStart }) =>
      knownOr(processStart, `kube-proxy on node ${name} does not say when it started`),
    ),
  };
}

function counter(text: Known<string>, metric: string): Known<number | undefined> {
  return derive([text], (body) => counterTotal(body, metric));
}

function versionOf(metrics: Known<ProxyMetrics>, pod: Known<Pod | undefined>): Known<ReadVersion> {
  return firstKnown<ReadVersion>(
    deriveFrom([metrics], ({ version }) =>
      version === undefined ? unseen('kube-proxy does not say its version') : known(readVersion(version)),
    ),
    deriveFrom([pod], (one) => imageVersion(one?.spec?.containers?.[0]?.image)),
  );
}

/** One that is not on its way out, if there is one. */
function current(pods: readonly Pod[]): Pod | undefined {
  return pods.find(({ metadata }) => metadata.deletionTimestamp === undefined) ?? pods[0];
}
