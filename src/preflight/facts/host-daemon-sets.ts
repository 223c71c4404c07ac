// DaemonSets whose pods are on the network of their nodes, as those of every network, and of kube-proxy, are.
import { derive } from '../known.ts';
import type { Known } from '../known.ts';
import type { DaemonSet, Metadata, Pod } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Names and templates are anybody's to write who may write to one namespace. Pods on a node's network are not: Pod Security judges those,
 * and leaves templates alone. Where pods cannot be listed, the number of them counts, which only the DaemonSet controller writes.
 */
export function hostDaemonSets({ daemonSets, pods }: Snapshot): Known<readonly DaemonSet[]> {
  return derive([daemonSets], (all) => {
    const meant = all.filter(({ spec }) => spec?.template?.spec?.hostNetwork === true);
    if (!pods.known) return meant.filter(({ status }) => (status?.currentNumberScheduled ?? 0) > 0);
    const running = new Set(
      pods.value
        .filter(({ spec }) => spec?.hostNetwork === true)
        .flatMap(({ metadata }) =>
          (metadata.ownerReferences ?? [])
            .filter(({ kind }) => kind === 'DaemonSet')
            .map(({ name }) => nameOf({ ...metadata, name })),
        ),
    );
    return meant.filter(({ metadata }) => running.has(nameOf(metadata)));
  });
}

/** A pod of the system on a node's network, as static pods are: in other namespaces, any name and label is anybody's. */
export function isOfSystem({ metadata, spec }: Pod): boolean {
  return metadata.namespace === 'kube-system' && spec?.hostNetwork === true;
}

function nameOf({ namespace = 'default', name }: Metadata): string {
  return `${namespace}/${name}`;
}
