// The two flavours of iptables keep their rules apart. If Felix writes into the other one than kubelet and kube-proxy, the order of their
// rules is no longer what both count on. (The nft flavour of iptables is not kube-proxy's nftables mode.)
import { felixEnv, felixSetting } from '../facts/calico-facts.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import type { Iptables, IptablesRules } from '../facts/probe.ts';
import { derive, given, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { hasOwn, ofCalico, patchFelix, unsetEnv } from './shared-calico.ts';

type Flavour = 'legacy' | 'nft';

export const calicoIptablesBackend: NodeRule = {
  id: 'calico-iptables-backend',
  section: 2,
  scope: 'node',
  title: "Calico writes into another flavour of iptables than the node's",
  verdicts: { iptables: 'warn', ipvs: 'warn' },
  source: 'projectcalico/calico felix/config IptablesBackend; projectcalico/calico#2322, #3709',
  check: ({ cluster, node }) =>
    ofCalico(cluster, (calico) =>
      given([felixSetting(calico, node.name, 'iptablesBackend')], (setting) => {
        const backend = setting?.toLowerCase();
        // Auto, the default, looks at the host as kube-proxy does.
        if (backend !== 'legacy' && backend !== 'nft') return undefined;
        return given([hostFlavour(node.probe.iptables)], (host) => {
          if (host === undefined || host === backend) return undefined;
          return {
            message: `Calico has iptablesBackend ${setting}, but kubelet and kube-proxy keep their rules in iptables-${host} here: neither sees the other's rules, and Service traffic may pass or miss network policies by accident.`,
            fix: fix(calico, node.name),
          };
        });
      }),
    ),
};

/** Where the kubelet has left its mark, as iptables-wrapper decides (KUBE-IPTABLES-HINT, KUBE-KUBELET-CANARY). undefined: in neither, or in both. */
function hostFlavour({ legacy, nft }: Iptables): Known<Flavour | undefined> {
  return derive([hasHint(legacy), hasHint(nft)], (inLegacy, inNft) =>
    inLegacy === inNft ? undefined : inLegacy ? 'legacy' : 'nft',
  );
}

function hasHint(rules: Known<IptablesRules>): Known<boolean> {
  return derive([rules], ({ chains }) =>
    chains.some(({ name }) => name === 'KUBE-IPTABLES-HINT' || name === 'KUBE-KUBELET-CANARY'),
  );
}

function fix(calico: CalicoFacts, node: string): string {
  if (valueOr(felixEnv(calico, 'iptablesBackend'), undefined) !== undefined)
    return `${unsetEnv(calico, 'iptablesBackend')}\nThat restarts calico-node on every node; Felix then finds out by itself.`;
  const own = hasOwn(calico, node, 'iptablesBackend');
  return `${own ? 'NODE=<name of the node>\n' : ''}${patchFelix(own ? '"node.$NODE"' : 'default', { iptablesBackend: 'Auto' })}`;
}
