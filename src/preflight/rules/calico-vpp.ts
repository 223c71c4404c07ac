// Calico/VPP takes the traffic of pods out of the kernel, and Services with it.
import type { CalicoFacts } from '../facts/cni.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule, Hit, Outcome } from '../rule.ts';
import { linuxDataplane, ofCalico } from './shared-calico.ts';

export const calicoVpp: ClusterRule = {
  id: 'calico-vpp',
  section: 2,
  scope: 'cluster',
  title: 'VPP serves Services in place of kube-proxy',
  verdicts: everyMode('block'),
  source: 'tigera/operator Installation.linuxDataplane [effect unverified]',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) =>
      given([cluster.daemonSets], (daemonSets) => {
        const own = daemonSets.find(({ metadata }) => metadata.name === 'calico-vpp-node');
        if (own !== undefined) return hit(`DaemonSet ${own.metadata.namespace}/${own.metadata.name} is there`);
        return byInstallation(calico);
      }),
    ),
};

function byInstallation(calico: CalicoFacts): Outcome {
  return given([linuxDataplane(calico)], (dataplane) =>
    dataplane === 'VPP' ? hit('the Installation has linuxDataplane VPP') : undefined,
  );
}

function hit(why: string): Hit {
  return {
    message: `Calico runs with VPP (${why}), which serves Services itself: what kube-proxy programs in the kernel is not what pods use.`,
    fix: 'Nothing to migrate: leave kube-proxy as it is.',
  };
}
