// A kubeadm upgrade bumps kube-proxy's image, which restarts every pod with the mode the ConfigMap holds then. One thing after the other.
import { parseVersion } from '../../kubeproxy/versions.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { parseFields, textAt } from '../facts/fields.ts';
import { showVersion } from '../facts/image.ts';
import { deriveFrom, given, knownOr, unseen, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { inDaemonSet } from './shared-kube-proxy.ts';
import type { InDaemonSet } from './shared-kube-proxy.ts';

const CONFIG_MAP = 'kube-system/kubeadm-config';

export const kubeadmUpgradePending: ClusterRule = {
  id: 'kubeadm-upgrade-pending',
  section: 1,
  scope: 'cluster',
  title: 'a kubeadm upgrade is under way',
  verdicts: everyMode('warn'),
  source: 'kubeadm app/phases/addons/proxy, app/cmd/phases/upgrade; kubernetes/kubeadm#2785, #3049',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.configMap(CONFIG_MAP)], (found) => {
      if (found === undefined) return undefined;
      return inDaemonSet(cluster, (place) =>
        given([clusterVersion(found.data?.['ClusterConfiguration']), imageVersionOf(cluster)], (wanted, image) => {
          const behind = podsBehind(cluster, place);
          if (showVersion(wanted) === showVersion(image) && behind === 0) return undefined;
          const rolling = behind === 0 ? '' : ` ${behind} of its pods still run another image.`;
          return {
            message: `kubeadm's configuration says Kubernetes ${showVersion(wanted)}, kube-proxy's image is ${showVersion(image)}.${rolling} An image bump during the migration restarts every kube-proxy with the mode the ConfigMap holds at that time.`,
            fix: 'Finish the upgrade first:\nkubeadm upgrade plan   # on a control-plane node\nkubectl -n kube-system rollout status daemonset kube-proxy',
          };
        }),
      );
    }),
};

function clusterVersion(text: string | undefined): Known<Version> {
  if (text === undefined) return unseen(`${CONFIG_MAP} has no ClusterConfiguration`);
  return deriveFrom([parseFields(text, 'ClusterConfiguration')], (fields) =>
    knownOr(
      parseVersion(textAt(fields, ['kubernetesVersion']) ?? ''),
      "kubeadm's configuration names no version of Kubernetes",
    ),
  );
}

function imageVersionOf({ kubeProxy: { version } }: ClusterFacts): Known<Version> {
  return deriveFrom([version], ({ text, parsed }) =>
    knownOr(parsed, `kube-proxy's image has the tag ${JSON.stringify(text)}, which is no version`),
  );
}

/** Pods the DaemonSet controller has not replaced yet. 0 where the pods cannot be seen: then the versions alone tell. */
function podsBehind({ kubeProxy: { pods } }: ClusterFacts, { container }: InDaemonSet): number {
  return valueOr(pods, []).filter(({ spec }) => {
    const own = spec?.containers?.find(({ name }) => name === container.name);
    return own?.image !== undefined && own.image !== container.image;
  }).length;
}
