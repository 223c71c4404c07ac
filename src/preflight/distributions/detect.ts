// Which distribution is this? The most particular sign wins: products built on kubeadm before kubeadm itself.
import type { KubeProxyFacts } from '../facts/cluster.ts';
import type { Snapshot } from '../facts/snapshot.ts';
import { derive } from '../known.ts';
import type { Known } from '../known.ts';
import type { Clues, Distribution, Profile } from './distribution.ts';
import { KUBEADM_PROFILES } from './kubeadm-family.ts';
import { MANAGED_PROFILES } from './managed.ts';
import { NODE_PROFILES } from './on-nodes.ts';

const PROFILES: readonly Profile[] = [...MANAGED_PROFILES, ...NODE_PROFILES, ...KUBEADM_PROFILES];

/** Unseen when the nodes, which carry most signs, could not be listed. */
export function detectDistribution(snapshot: Snapshot, kubeProxy: KubeProxyFacts): Known<Distribution> {
  return derive([snapshot.nodes], (nodes) => {
    const namespaces = snapshot.namespaces.known ? snapshot.namespaces.value.map(({ metadata }) => metadata.name) : [];
    const clues: Clues = { snapshot, kubeProxy, nodes, namespaces: new Set(namespaces) };
    for (const profile of PROFILES) {
      const evidence = profile.recognise(clues);
      if (evidence !== undefined) return distribution(profile, clues, evidence);
    }
    return unrecognised(kubeProxy);
  });
}

function distribution(profile: Profile, clues: Clues, evidence: string): Distribution {
  const { id, name, right, reverted = false, upstream = (): undefined => undefined } = profile;
  return { id, name, right: typeof right === 'function' ? right(clues) : right, reverted, evidence, upstream };
}

/** Not recognised: what may be written follows from where kube-proxy runs. */
function unrecognised({ place }: KubeProxyFacts): Distribution {
  const kind = place.known ? place.value.kind : 'absent';
  const right = kind === 'daemonSet' || kind === 'unresolved' ? 'EDIT' : kind === 'absent' ? 'NONE' : 'NODE';
  const upstream: Distribution['upstream'] = (target) =>
    right === 'NODE'
      ? `On every node: mode: "${target}" in the file kube-proxy's --config names (it wins over --proxy-mode), then restart kube-proxy.`
      : undefined;
  const evidence = 'none of the known signs was found on nodes, DaemonSets and namespaces';
  return { id: 'unknown', name: 'no known distribution', right, reverted: false, evidence, upstream };
}
