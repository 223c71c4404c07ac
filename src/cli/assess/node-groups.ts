// Two hundred nodes are a handful of kinds: same pool, operating system, kernel line, kube-proxy and mode. A person decides by kind.
import type { NodeFacts } from '../../preflight/facts/node.ts';
import { valueOr } from '../../preflight/known.ts';
import type { NodeGroup } from './assessment.ts';

/** Labels by which providers and installers name a pool of equal machines. */
const POOL_LABELS = [
  'eks.amazonaws.com/nodegroup',
  'kubernetes.azure.com/agentpool',
  'cloud.google.com/gke-nodepool',
  'karpenter.sh/nodepool',
  'kops.k8s.io/instancegroup',
  'worker.gardener.cloud/pool',
  'doks.digitalocean.com/node-pool',
  'k8s.scaleway.com/pool-name',
  'agentpool',
];

/** Control planes first, then the largest group. */
export function groupNodes(nodes: readonly NodeFacts[]): readonly NodeGroup[] {
  const byLikeness = Map.groupBy(nodes, (node) => JSON.stringify(likeness(node)));
  const groups = [...byLikeness.values()].toSorted((a, b) => rank(a) - rank(b) || b.length - a.length);
  return groups.map((members, index) => describe(members, letters(index)));
}

function likeness(node: NodeFacts): Omit<NodeGroup, 'id' | 'nodes'> {
  return {
    name: nameOf(node),
    os: node.os,
    osImage: shortImage(node.osImage),
    kernel: kernelLine(node),
    kubeProxyVersion: node.os === 'windows' ? null : (valueOr(node.kubeProxy.version, undefined)?.text ?? null),
    mode: node.os === 'windows' ? null : valueOr(node.kubeProxy.mode, null),
  };
}

function describe(members: readonly NodeFacts[], id: string): NodeGroup {
  const [first] = members;
  if (first === undefined) throw new Error('a group of nodes has no node');
  const releases = new Set(members.map(kernelRelease));
  const kernel = releases.size === 1 ? kernelRelease(first) : kernelLine(first);
  return { id, ...likeness(first), kernel, nodes: members.map(({ name }) => name) };
}

function nameOf({ object, os, controlPlane }: NodeFacts): string {
  if (os === 'windows') return 'Windows';
  const { labels = {} } = object.metadata;
  const pool = POOL_LABELS.map((label) => labels[label]).find((name) => name !== undefined && name !== '');
  if (pool !== undefined) return pool;
  return controlPlane ? 'control plane' : 'workers';
}

/** Ubuntu 22.04.5 LTS → Ubuntu 22.04; Debian GNU/Linux 12 (bookworm) → Debian GNU/Linux 12; Talos (v1.9.1) stays. */
export function shortImage(image: string): string {
  const [, name, version] = /^([^\d(]*?)\s*(\d+(?:\.\d+)?)/.exec(image) ?? [];
  return name === undefined || name === '' ? image : `${name} ${version}`;
}

/** Patch releases of one kernel line differ from node to node while they are rolled out; the rules go by the line. */
function kernelLine({ kernel, object }: NodeFacts): string {
  if (kernel.known) return `${kernel.value.major}.${kernel.value.minor}`;
  return object.status?.nodeInfo?.kernelVersion ?? '';
}

function kernelRelease({ object }: NodeFacts): string {
  return object.status?.nodeInfo?.kernelVersion ?? '';
}

function rank(members: readonly NodeFacts[]): number {
  const [first] = members;
  if (first?.os === 'windows') return 2;
  return first?.controlPlane === true ? 0 : 1;
}

/** A … Z, AA, AB … */
function letters(index: number): string {
  const last = String.fromCodePoint(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
