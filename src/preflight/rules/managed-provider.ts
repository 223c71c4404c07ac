// A distribution or a provider decides what kube-proxy's configuration says: an edit here holds for ever, until its next run, or minutes.
import type { Distribution } from '../distributions/distribution.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule, Hit } from '../rule.ts';

export const managedProvider: ClusterRule = {
  id: 'managed-provider',
  section: 1,
  scope: 'cluster',
  title: 'the distribution keeps the mode of kube-proxy itself',
  verdicts: everyMode(['block', 'warn']),
  source:
    'documentation of each distribution (AKS configure-kube-proxy, EKS add-ons, kops, RKE2, k0s, Talos, kubespray)',
  onlyForward: true,
  check: ({ cluster, target }) =>
    given([cluster.distribution], (distribution) => {
      // Without a distribution to name, what matters is where kube-proxy runs: kube-proxy-absent, kube-proxy-not-a-pod.
      if (distribution.id === 'unknown') return undefined;
      const fix = distribution.upstream(target);
      return found(distribution, fix ?? `Set the mode to ${target} where ${distribution.name} has it from.`);
    }),
};

function found({ right, name, evidence, reverted }: Distribution, fix: string): Hit | undefined {
  const what = `This is ${name} (${evidence})`;
  switch (right) {
    case 'EDIT':
      return undefined;
    case 'EDIT-THEN-UPSTREAM':
      return {
        verdict: 'warn',
        message: `${what}: an edit in the cluster works, and its next run or upgrade takes it back unless the mode is changed at the source, too.`,
        fix,
      };
    case 'API':
      return {
        message: `${what}, which owns kube-proxy's configuration: an edit in the cluster is taken back ${reverted ? 'within minutes' : 'at its next update'}.`,
        fix,
      };
    case 'NODE':
      return {
        message: `${what}, which has the mode of kube-proxy in files of the nodes: an edit in the cluster does not reach them or does not stay.`,
        fix,
      };
    case 'NONE':
      return { message: `${what}, which runs no kube-proxy here: there is no mode to migrate.`, fix };
  }
}
