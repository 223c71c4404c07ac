// With the eBPF dataplane Calico serves Services itself, and kube-proxy should not be there at all.
import { felixEnv } from '../facts/calico-facts.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import { scalarText } from '../facts/fields.ts';
import { derive, given, known } from '../known.ts';
import type { Known } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule, Hit } from '../rule.ts';
import { linuxDataplane, ofCalico } from './shared-calico.ts';

export const calicoBpf: ClusterRule = {
  id: 'calico-bpf',
  section: 2,
  scope: 'cluster',
  title: 'Calico serves Services by eBPF in place of kube-proxy',
  verdicts: everyMode('block'),
  source: 'projectcalico/calico felix/config BPFEnabled; tigera/operator Installation.linuxDataplane',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) =>
      given([linuxDataplane(calico)], (dataplane) => {
        if (dataplane === 'BPF') return hit('the Installation has linuxDataplane BPF');
        return given([bpfEnabled(calico)], (where) =>
          where === undefined ? undefined : hit(`${where} has bpfEnabled true`),
        );
      }),
    ),
};

function hit(why: string): Hit {
  return {
    message: `Calico serves Services by eBPF (${why}): kube-proxy should be absent, and its mode matters to nobody.`,
    fix: 'Nothing to migrate. A kube-proxy that still runs beside the eBPF dataplane is to be taken away, as the documentation of Calico says.',
  };
}

/** Where it is switched on. Calico in etcd has no eBPF dataplane (requirements in Calico's documentation). */
function bpfEnabled(calico: CalicoFacts): Known<string | undefined> {
  const isOn = (value: unknown): boolean => scalarText(value)?.toLowerCase() === 'true';
  if (calico.datastore === 'etcd') return known(undefined);
  const fromEnv = felixEnv(calico, 'bpfEnabled');
  if (fromEnv.known && fromEnv.value !== undefined)
    return known(isOn(fromEnv.value) ? "calico-node's environment" : undefined);
  return derive([fromEnv, calico.felix], (_, felix) => {
    const names = Object.entries(felix).flatMap(([name, { bpfEnabled: value }]) => (isOn(value) ? [name] : []));
    return names.length === 0 ? undefined : `FelixConfiguration ${names.join(', ')}`;
  });
}
