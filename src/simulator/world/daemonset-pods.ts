// Pure halves of the DaemonSet controller: which nodes a DaemonSet wants, what its pods look like, and how many it may
// replace at a time. After pkg/controller/daemon (daemon_controller.go, update.go).
import { createHash } from 'node:crypto';
import type { KubeObject } from 'kopf-ts';
import type { DaemonSet, Labels, NodeRequirement, NodeSelectorTerm, PodTemplate } from './pod-objects.ts';

export const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
/** rand.SafeEncodeString: no vowels and no look-alikes, so that no words come out. */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Same template, same hash, whatever the order of its keys is not: the API server keeps that. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash('sha256').update(JSON.stringify(template)).digest().readUInt32BE(0);
  const digits = Array.from(String(digest), (digit) => digit.charCodeAt(0));
  return digits.map((digit) => SAFE_ALPHABET[digit % SAFE_ALPHABET.length]).join('');
}

/** `kube-proxy-x7k2p`: five letters, as generateName gives; again when the name is taken, as 5,000 of them soon are. */
export function podName(daemonSet: string, random: () => number, taken: (name: string) => boolean): string {
  for (;;) {
    const letters = Array.from({ length: 5 }, () => SAFE_ALPHABET[Math.floor(random() * SAFE_ALPHABET.length)]);
    const name = `${daemonSet}-${letters.join('')}`;
    if (!taken(name)) return name;
  }
}

export function podFor(
  daemonSet: DaemonSet,
  hash: string,
  place: { readonly node: string; readonly name: string },
): KubeObject {
  const { template } = daemonSet.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: place.name,
      generateName: `${daemonSet.metadata.name}-`,
      ...(daemonSet.metadata.namespace === undefined ? {} : { namespace: daemonSet.metadata.namespace }),
      labels: {
        ...template.metadata?.labels,
        [HASH_LABEL]: hash,
        [GENERATION_LABEL]: String(daemonSet.metadata.generation ?? 1),
      },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [ownerReference(daemonSet)],
    },
    spec: { ...template.spec, nodeName: place.node, affinity: { nodeAffinity: onlyOn(place.node) } },
    status: { phase: 'Pending' },
  } as KubeObject;
}

export function ownerReference(daemonSet: DaemonSet): NonNullable<KubeObject['metadata']['ownerReferences']>[number] {
  const { name, uid = '' } = daemonSet.metadata;
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid, controller: true, blockOwnerDeletion: true };
}

function onlyOn(node: string): unknown {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } };
}

/** nodeSelector and required node affinity; taints are left out, for kube-proxy tolerates them all. */
export function wantsNode(daemonSet: DaemonSet, node: KubeObject): boolean {
  const labels = node.metadata.labels ?? {};
  const { nodeSelector = {}, affinity } = daemonSet.spec.template.spec;
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => termMatches(term, labels, node.metadata.name)))
  );
}

function termMatches(term: NodeSelectorTerm, labels: Labels, name: string): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((one) => matches(one, labels[one.key])) && matchFields.every((one) => matches(one, name))
  );
}

function matches({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** rollingUpdate.maxUnavailable as a number of nodes: 1 when unset, percents rounded up, at least 1. */
export function maxUnavailable(daemonSet: DaemonSet, desired: number): number {
  const value = daemonSet.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const nodes = typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) / 100) * desired);
  return Math.max(1, nodes);
}
