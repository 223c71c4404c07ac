// What is known of each distribution: how it is recognised, whether an edit in the cluster holds, and what to change upstream instead.
import type { ProxyMode } from '../../api/fields.ts';
import type { KubeProxyFacts } from '../facts/cluster.ts';
import type { NodeObject } from '../facts/objects.ts';
import type { Snapshot } from '../facts/snapshot.ts';

/**
 * EDIT: an edit in the cluster works and holds. EDIT-THEN-UPSTREAM: it works until the next upgrade, so the change has to be made
 * upstream, too. API: only the provider's interface or custom resource. NODE: only files of the nodes. NONE: there is no kube-proxy to move.
 */
export type WriteRight = 'EDIT' | 'EDIT-THEN-UPSTREAM' | 'API' | 'NODE' | 'NONE';

export type Distribution = {
  /** Short and stable: kubeadm, eks, rke2 … `unknown` where nothing was recognised. */
  readonly id: string;
  readonly name: string;
  readonly right: WriteRight;
  /** An edit in the cluster is undone within minutes. */
  readonly reverted: boolean;
  /** What it was recognised by, with the observed value. */
  readonly evidence: string;
  /** What to change at the source for this mode; undefined when nothing is needed. May have several lines. */
  readonly upstream: (target: ProxyMode) => string | undefined;
};

/** What distributions are recognised by. Lists that were not seen are empty: what is not there cannot be recognised. */
export type Clues = {
  readonly snapshot: Snapshot;
  readonly kubeProxy: KubeProxyFacts;
  readonly nodes: readonly NodeObject[];
  readonly namespaces: ReadonlySet<string>;
};

export type Profile = Omit<Distribution, 'evidence' | 'reverted' | 'upstream' | 'right'> & {
  readonly right: WriteRight | ((clues: Clues) => WriteRight);
  readonly reverted?: true;
  readonly upstream?: Distribution['upstream'];
  /** The evidence; undefined when it is not this one. */
  readonly recognise: (clues: Clues) => string | undefined;
};

/** The first node for which `find` gives something, as evidence. */
function onNode(clues: Clues, find: (node: NodeObject) => string | undefined): string | undefined {
  for (const node of clues.nodes) {
    const found = find(node);
    if (found !== undefined) return `node ${node.metadata.name} has ${found}`;
  }
  return undefined;
}

export function nodeLabel(clues: Clues, label: string): string | undefined {
  return onNode(clues, ({ metadata }) => named('label', metadata.labels, label));
}

export function nodeAnnotation(clues: Clues, annotation: string): string | undefined {
  return onNode(clues, ({ metadata }) => named('annotation', metadata.annotations, annotation));
}

/** Of a label or annotation: its whole name, or, ending in `/`, its prefix. */
function named(kind: string, all: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  const found = Object.keys(all ?? {}).find((key) => (name.endsWith('/') ? key.startsWith(name) : key === name));
  return found === undefined ? undefined : `${kind} ${found}=${all?.[found] ?? ''}`;
}

export function kubeletSuffix(clues: Clues, suffix: string): string | undefined {
  return onNode(clues, ({ status }) => {
    const version = status?.nodeInfo?.kubeletVersion;
    return version?.includes(suffix) === true ? `kubelet ${version}` : undefined;
  });
}

export function providerPrefix(clues: Clues, prefix: string): string | undefined {
  return onNode(clues, ({ spec }) =>
    spec?.providerID?.startsWith(prefix) === true ? `providerID ${spec.providerID}` : undefined,
  );
}

export function osImage(clues: Clues, pattern: RegExp): string | undefined {
  return onNode(clues, ({ status }) => {
    const image = status?.nodeInfo?.osImage;
    return image !== undefined && pattern.test(image) ? `osImage ${image}` : undefined;
  });
}

export function namespace(clues: Clues, name: string): string | undefined {
  return clues.namespaces.has(name) ? `there is a namespace ${name}` : undefined;
}

export function daemonSetLabel(clues: Clues, label: string): string | undefined {
  const place = clues.kubeProxy.place;
  if (!place.known || (place.value.kind !== 'daemonSet' && place.value.kind !== 'unresolved')) return undefined;
  const found = named('label', place.value.daemonSet?.metadata.labels, label);
  return found === undefined ? undefined : `kube-proxy's DaemonSet has ${found}`;
}
