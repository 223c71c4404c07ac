// Live nodes, each reached through a helper pod: on the node's network, with NET_ADMIN and NET_RAW and nothing else, made of the image its
// kube-proxy runs from. It is removed when its node has been read, whatever happens; should this process be killed, the kubelet ends it.
import { randomUUID } from 'node:crypto';
import { ApiError, messageOf, systemClock, type Client, type KubeObject, type Resource } from 'kopf-ts';
import type { ProxyMode } from '../../api/fields.ts';
import type { NodeObject } from '../../dataplane/demand/objects.ts';
import { HELPER_SELECTOR, PODS } from '../../node/helper-pod.ts';
import { createPodShell, type PodShell } from '../../node/pod-shell.ts';
import type { AuditWay, NotSeen } from '../../operator/audit/audit-node.ts';
import { askingThrough, type Most, type NodeSource } from '../../operator/audit/read-node.ts';
import { inParallel } from '../../operator/in-parallel.ts';
import { createServiceObjects } from '../../operator/service-objects.ts';
import type { Cluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import type { ClusterFlags } from '../command.ts';
import { counted } from '../counted.ts';
import type { Progress } from '../progress.ts';
import { findKubeProxies, type KubeProxies, type Named } from './find-kube-proxies.ts';

export type LiveFlags = ClusterFlags & {
  /** Of the helper pods; otherwise the context's. */
  readonly namespace?: string | undefined;
  /** Of the helper pods; otherwise that of each node's kube-proxy. */
  readonly image?: string | undefined;
  /** kube-proxy's; otherwise the one of kube-system. */
  readonly daemonSet?: Named | undefined;
  readonly mode?: ProxyMode | undefined;
};

/** Helper pods at the same time. */
const AT_ONCE = 4;
const PAGE = 500;
/** A person's machine has more memory than an operator's pod. */
const MOST: Most = { bytes: 128 * 1024 * 1024, words: 16_000_000 };
/** Seconds: reading a node takes two, with thousands of Services ten, and as long again where something is looked at twice. */
const LIFETIME = 300;
/** Real milliseconds for a stream to kube-proxy. */
const STREAM = 10_000;
const LABELS = { 'app.kubernetes.io/part-of': 'kubectl-proxymode' };
const OURS = `${HELPER_SELECTOR},app.kubernetes.io/part-of=kubectl-proxymode`;

type Node = KubeObject &
  NodeObject & {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  };

const NODES: Resource<Node> = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

export type Outcome<T> = { readonly node: string; readonly found: T | NotSeen };
export type Look<T> = (node: NodeObject, source: NodeSource, way: AuditWay) => Promise<T | NotSeen>;

/** Looks at one node, or at all that run Linux, a few at a time. Throws CommandError and ApiError. */
export async function onNodes<T>(
  cluster: Cluster,
  flags: LiveFlags & { readonly node: string | undefined },
  look: Look<T>,
  progress: Progress,
): Promise<readonly Outcome<T>[]> {
  const { client, signal } = cluster;
  progress.step('Reading Services and nodes');
  const nodes = await chosenNodes(client, flags.node, signal);
  const objects = createServiceObjects({ client, clock: systemClock });
  await objects.list();
  const kubeProxies = await findKubeProxies(client, flags.daemonSet, signal);
  const namespace = flags.namespace ?? cluster.namespace;
  await sweep(client, namespace, signal);
  const mark = (): string => randomUUID().replaceAll('-', '');
  const visit: Visit = {
    client,
    flags,
    namespace,
    kubeProxies,
    way: { objects, clock: systemClock, mark, most: MOST, signal, mode: flags.mode },
  };
  const outcomes = new Map<string, Outcome<T>>();
  const one = async (node: Node): Promise<void> => {
    if (signal.aborted) return;
    outcomes.set(node.metadata.name, { node: node.metadata.name, found: await lookThrough(node, visit, look) });
    progress.count(outcomes.size, nodes.length);
  };
  progress.step(`Reading the rules of ${nodes.length === 1 ? nodes[0]?.metadata.name : counted(nodes.length, 'node')}`);
  const [first, ...others] = nodes;
  // The first one tells whether helper pods are allowed at all.
  if (first !== undefined) await one(first);
  await inParallel(others, AT_ONCE, async (node) => {
    try {
      await one(node);
    } catch (error) {
      // Those beside it must come to their end: they have pods to remove.
      outcomes.set(node.metadata.name, { node: node.metadata.name, found: { kind: 'unread', why: messageOf(error) } });
    }
  });
  // Only now is no helper pod left.
  signal.throwIfAborted();
  return nodes.flatMap(({ metadata }) => outcomes.get(metadata.name) ?? []);
}

async function chosenNodes(client: Client, name: string | undefined, signal: AbortSignal): Promise<readonly Node[]> {
  const selection = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  const { items } = await client.list(NODES, { ...selection, pageSize: PAGE, project: slim }, { signal });
  if (name !== undefined && items.length === 0) throw new CommandError(`there is no node ${JSON.stringify(name)}`);
  const nodes = items.filter(({ metadata }) => metadata.labels?.['kubernetes.io/os'] !== 'windows');
  if (nodes.length === 0) throw new CommandError('there is no node that runs Linux');
  return nodes.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name, 'en', { numeric: true }));
}

/** What rules depend on, and what recordings keep: nobody's annotations. */
function slim({ metadata: { name, labels }, spec, status }: Node): Node {
  const { podCIDR, podCIDRs } = spec ?? {};
  const { addresses, conditions } = status ?? {};
  return {
    metadata: { name, ...(labels === undefined ? {} : { labels }) },
    spec: { ...(podCIDR === undefined ? {} : { podCIDR }), ...(podCIDRs === undefined ? {} : { podCIDRs }) },
    status: { ...(addresses === undefined ? {} : { addresses }), ...(conditions === undefined ? {} : { conditions }) },
  };
}

type Visit = {
  readonly client: Client;
  readonly flags: LiveFlags;
  readonly namespace: string;
  readonly kubeProxies: KubeProxies;
  readonly way: AuditWay;
};

async function lookThrough<T>(node: Node, visit: Visit, look: Look<T>): Promise<T | NotSeen> {
  const { client, flags, namespace, kubeProxies, way } = visit;
  const { name } = node.metadata;
  if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status !== 'True') === true)
    return { kind: 'unread', why: 'the node is NotReady' };
  const image = flags.image ?? kubeProxies.imageOn(name);
  if (image === undefined)
    return {
      kind: 'unread',
      why: `no kube-proxy pod was found on it in namespace ${kubeProxies.namespace} whose image could be used: if its DaemonSet is another one, name it with --daemon-set namespace/name; otherwise name an image with --image`,
    };
  const settings = { namespace, image, labels: LABELS, making: way.mark(), lifetime: LIFETIME };
  const shell = createPodShell(client, systemClock, name, { access: { kind: 'rules' }, ...settings });
  try {
    await ensureAllowed(shell, namespace, way.signal);
    const how = { timeout: STREAM, signal: way.signal };
    const ask = askingThrough(() => shell.forward(kubeProxies.port, how));
    return await look(node, { shell, ask, config: kubeProxies.config }, way);
  } finally {
    await shell.close();
  }
}

/** Says what to do where the API server does not let the pod be made: the other nodes will be refused, too. */
async function ensureAllowed(shell: PodShell, namespace: string, signal: AbortSignal): Promise<void> {
  const helper = await shell.portForwardTarget(signal);
  if (helper.kind !== 'refused' || helper.forbidden !== true) return;
  const needs = 'The pod that reads rules is on its node’s network and has NET_ADMIN';
  throw new CommandError(
    /PodSecurity/.test(helper.message)
      ? `namespace ${namespace} does not admit the helper pod: ${helper.message}\n${needs}: name a namespace that admits privileged pods with --namespace, kube-system for one.`
      : `${helper.message}\n${needs}; it takes a user who may create, get and delete pods, and create pods/exec and pods/portforward, in namespace ${namespace} (another one: --namespace).`,
  );
}

/** Pods of an earlier run that was killed, and whose deadline is over. */
async function sweep(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  try {
    const { items } = await client.list(PODS, { namespace, labelSelector: OURS }, { signal });
    for (const { metadata, status } of items)
      if (status?.phase === 'Failed' && metadata.uid !== undefined)
        await client.delete(PODS, { name: metadata.name, namespace }, { uid: metadata.uid, signal });
  } catch (error) {
    signal.throwIfAborted();
    // Who may not list or delete pods has left none here; what is over does no harm.
    if (!(error instanceof ApiError)) throw error;
  }
}
