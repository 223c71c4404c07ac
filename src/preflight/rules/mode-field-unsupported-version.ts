// kube-proxy of this version does not have the target mode, or only behind a feature gate. It would delete the old mode's rules first
// and then end.
import { supportsMode } from '../../kubeproxy/versions.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { isOlder } from '../facts/image.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { ReadVersion } from '../facts/node.ts';
import { given, known, unseen, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterContext, ClusterRule, Outcome } from '../rule.ts';
import { configFor } from './shared-config.ts';

export const modeFieldUnsupportedVersion: ClusterRule = {
  id: 'mode-field-unsupported-version',
  section: 1,
  scope: 'cluster',
  title: 'this kube-proxy does not have the target mode',
  verdicts: { ipvs: 'block', nftables: 'block' },
  source: 'KEP-3866; KEP-5495; pkg/features/kube_features.go, NFTablesProxyMode and KubeProxyIPVS',
  // The way back is rollback-mode-still-valid, which says it of each node.
  onlyForward: true,
  check: (context) => {
    const { cluster, nodes } = context;
    return given([cluster.kubeProxy.place], ({ kind }) =>
      kind === 'absent' ? undefined : given([versionOf(cluster, nodes)], ({ text }) => judge(context, text)),
    );
  },
};

function judge(context: ClusterContext, version: string): Outcome {
  const { target } = context;
  const config = configFor(context);
  const problem = supportsMode(target, version, valueOr(config, undefined)?.read.featureGates);
  // Without the configuration its gates are not known: that matters where they decide.
  const gates = [
    { NFTablesProxyMode: true, KubeProxyIPVS: true },
    { NFTablesProxyMode: false, KubeProxyIPVS: false },
  ];
  const [withGates, without] = gates.map((one) => supportsMode(target, version, one) === undefined);
  if (!config.known && withGates !== without) return config;
  return problem === undefined ? undefined : { message: problem, fix: fixFor(context, withGates === true) };
}

function fixFor({ target }: ClusterContext, gateHelps: boolean): string {
  if (!gateHelps)
    return target === 'ipvs'
      ? 'Choose nftables or iptables.'
      : 'Upgrade kube-proxy to 1.33 or later, or choose iptables.';
  const gate = target === 'ipvs' ? 'KubeProxyIPVS' : 'NFTablesProxyMode';
  const better = target === 'ipvs' ? 'choose nftables' : 'upgrade kube-proxy to 1.33 or later';
  return `Better ${better}; otherwise, in kube-proxy's configuration:\nfeatureGates:\n  ${gate}: true`;
}

/**
 * The version new pods will have. Where the image's tag does not tell (`latest`, a commit), what the running ones say of themselves
 * is the best that is known: the oldest of them.
 */
function versionOf(cluster: ClusterFacts, nodes: readonly NodeFacts[]): Known<ReadVersion> {
  const { version } = cluster.kubeProxy;
  if (!version.known || version.value.parsed !== undefined) return version;
  const running = nodes.flatMap(({ kubeProxy }) => (kubeProxy.version.known ? [kubeProxy.version.value] : []));
  const [oldest] = running
    .flatMap((one) => (one.parsed === undefined ? [] : [{ one, parsed: one.parsed }]))
    .toSorted((a, b) => (isOlder(a.parsed, b.parsed.major, b.parsed.minor, b.parsed.patch) ? -1 : 1));
  return oldest === undefined
    ? unseen(`the version of kube-proxy cannot be read from ${JSON.stringify(version.value.text)}`)
    : known(oldest.one);
}
