// Compares the cluster before the migration and after its deletion.
import type { KubeObject, Resource } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from '../api/kinds.ts';
import { diffText } from '../kubeproxy/config-diff.ts';
import { CONFIG_MAPS, DAEMON_SETS, NAMESPACES, NODES, SERVICES, type Store } from '../simulator/types.ts';

/** Pods are replaced by design; Events expire by themselves; the Lease is the operator's, not the migration's. */
const LOOKED_AT: readonly Resource[] = [
  PROXY_MODE_MIGRATIONS,
  NODE_MIGRATIONS,
  CONFIG_MAPS,
  DAEMON_SETS,
  NAMESPACES,
  NODES,
  SERVICES,
];

export type Inventory = { readonly objects: ReadonlyMap<string, KubeObject>; readonly config: string };

export type Leftovers = {
  /** Objects that were not there before. */
  readonly objects: readonly string[];
  /** Objects that have finalizers they did not have. */
  readonly finalizers: readonly string[];
  /** Lines of kube-proxy's configuration that differ. */
  readonly changedLines: number;
};

export function inventory(store: Store): Inventory {
  const entries = LOOKED_AT.flatMap((resource) =>
    store.list(resource).map((object) => [nameOf(resource, object), object] as const),
  );
  const configMap = store.get(CONFIG_MAPS, { namespace: 'kube-system', name: 'kube-proxy' });
  const { 'config.conf': config = '' } = (configMap?.['data'] ?? {}) as Readonly<Record<string, string>>;
  return { objects: new Map(entries), config };
}

export function leftovers(before: Inventory, after: Inventory): Leftovers {
  const added = diffText(before.config, after.config, 'config.conf')
    .split('\n')
    .filter((line) => /^\+(?!\+\+)/.test(line));
  return {
    objects: [...after.objects.keys()].filter((name) => !before.objects.has(name)),
    finalizers: [...after.objects]
      .filter(([name, object]) => finalizersOf(object) !== finalizersOf(before.objects.get(name)))
      .map(([name]) => name),
    changedLines: added.length,
  };
}

function nameOf({ kind }: Resource, { metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`;
}

function finalizersOf(object: KubeObject | undefined): string {
  return (object?.metadata.finalizers ?? []).join();
}
