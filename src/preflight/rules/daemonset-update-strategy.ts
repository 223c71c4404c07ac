// With RollingUpdate, any change of kube-proxy's pod template restarts every kube-proxy, one after the other, with whatever mode the
// ConfigMap holds at that time.
import type { DaemonSet } from '../facts/objects.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { inDaemonSet } from './shared-kube-proxy.ts';

export const daemonsetUpdateStrategy: ClusterRule = {
  id: 'daemonset-update-strategy',
  section: 1,
  scope: 'cluster',
  title: "a change of kube-proxy's DaemonSet restarts all its pods",
  verdicts: everyMode('warn'),
  source: 'kubeadm app/phases/addons/proxy manifests; pkg/controller/daemon/update.go',
  onlyForward: true,
  check: ({ cluster }) =>
    inDaemonSet(cluster, ({ daemonSet }) => {
      const { type = 'RollingUpdate' } = daemonSet.spec?.updateStrategy ?? {};
      if (type !== 'RollingUpdate') return undefined;
      const { name, namespace } = daemonSet.metadata;
      return {
        message: `DaemonSet ${name} has updateStrategy RollingUpdate${limits(daemonSet)}: an image bump or any other change of its template during the migration takes every node to the new mode at once, unverified.${surge(daemonSet)}`,
        fix: `Leave the DaemonSet alone while the migration runs, or:\nkubectl -n ${namespace} patch daemonset ${name} -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'   # kubeadm upgrade sets it back`,
      };
    }),
};

function limits({ spec }: DaemonSet): string {
  const { maxUnavailable, maxSurge } = spec?.updateStrategy?.rollingUpdate ?? {};
  const set = [
    ...(maxUnavailable === undefined ? [] : [`maxUnavailable ${maxUnavailable}`]),
    ...(maxSurge === undefined ? [] : [`maxSurge ${maxSurge}`]),
  ];
  return set.length === 0 ? '' : ` (${set.join(', ')})`;
}

/** Zero is written 0 or 0%. */
function surge({ spec }: DaemonSet): string {
  const value = spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0;
  return /^0+%?$/.test(String(value))
    ? ''
    : ` With maxSurge ${value} two kube-proxies would even run on one node at the same time, each deleting the other's rules; set it to 0.`;
}
