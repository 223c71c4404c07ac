// Somebody else writes kube-proxy's DaemonSet or ConfigMap, and takes our edit back or overwrites it at their next pass.
import type { Metadata } from '../facts/objects.ts';
import { given, known, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';

/** Labels and annotations by which owners mark what is theirs; a trailing slash stands for a prefix. */
const MARKS: readonly (readonly [mark: string, owner: string])[] = [
  ['argocd.argoproj.io/tracking-id', 'Argo CD'],
  ['argocd.argoproj.io/instance', 'Argo CD'],
  ['kustomize.toolkit.fluxcd.io/name', 'Flux'],
  ['helm.toolkit.fluxcd.io/name', 'Flux'],
  ['meta.helm.sh/release-name', 'Helm'],
  ['addonmanager.kubernetes.io/mode', 'the addon manager'],
  ['k0s.k0sproject.io/stack', 'k0s'],
  ['objectset.rio.cattle.io/', 'Rancher'],
  ['eks.amazonaws.com/component', 'EKS'],
  ['resources.gardener.cloud/managed-by', 'Gardener'],
  ['olm.owner', 'the Operator Lifecycle Manager'],
  ['app.kubernetes.io/managed-by', 'the tool named in it'],
];

/** Field managers of controllers that come back. `kubectl` and `kubeadm` write once. */
const RETURNING =
  /argocd|flux|kustomize-controller|helm-controller|operator|addon-?manager|rancher|eks|resource-manager/i;

export const configSecondWriter: ClusterRule = {
  id: 'config-second-writer',
  section: 1,
  scope: 'cluster',
  title: "somebody else keeps kube-proxy's DaemonSet or ConfigMap as they want it",
  verdicts: everyMode('block'),
  source: 'tigera/operator PR 4058, PR 4768, PR 4389',
  check: ({ cluster, target }) =>
    given([cluster.kubeProxy.place], (place) => {
      if (place.kind !== 'daemonSet' && place.kind !== 'unresolved') return undefined;
      // Flags only, as on AKS: there is a DaemonSet, and no ConfigMap that could have another writer.
      const without = place.kind === 'unresolved' ? known(undefined) : cluster.kubeProxy.configMap;
      return given([without], (configMap) => {
        const found = [
          ...(place.daemonSet === undefined ? [] : signs('DaemonSet', place.daemonSet.metadata)),
          ...(configMap === undefined ? [] : signs('ConfigMap', configMap.metadata)),
        ];
        if (found.length === 0) return undefined;
        const upstream = valueOr(cluster.distribution, undefined)?.upstream(target);
        return {
          message: `${found.map(({ text }) => text).join('; ')}: an edit here is taken back.`,
          fix:
            upstream ??
            `Change the mode to ${target} where ${found[0]?.owner} has it from (Argo CD: ignoreDifferences, Flux: suspend for the time of the migration).`,
        };
      });
    }),
};

function signs(
  kind: string,
  { name, labels, annotations, managedFields }: Metadata,
): readonly { text: string; owner: string }[] {
  const marks = { ...labels, ...annotations };
  const byMark = MARKS.flatMap(([mark, owner]) => {
    const key = Object.keys(marks).find((one) => (mark.endsWith('/') ? one.startsWith(mark) : one === mark));
    return key === undefined ? [] : [{ text: `${kind} ${name} belongs to ${owner} (${key}=${marks[key]})`, owner }];
  });
  const managers = new Set(
    (managedFields ?? []).map(({ manager }) => manager ?? '').filter((one) => RETURNING.test(one)),
  );
  return [
    ...byMark,
    ...[...managers].map((owner) => ({ text: `${kind} ${name} is written by ${owner} (managedFields)`, owner })),
  ];
}
