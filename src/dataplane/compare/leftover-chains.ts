// iptables chains of a mode that is no longer run. Some names are used by iptables and by ipvs, and the kubelet has its own: a KUBE-
// in front is no reason to call a chain dirt.
import type { ProxyMode } from '../../api/fields.ts';
import type { Demand } from '../demand/demand.ts';
import type { IptablesRuleset, IptablesTable } from '../rules/iptables.ts';
import { listed, type Finding } from './finding.ts';

/** Per table, which modes a chain of kube-proxy belongs to; cleanupLeftovers of each proxier, and their sources since 1.18. */
const OWNERS: ReadonlyMap<string, readonly (readonly [RegExp, readonly ProxyMode[]])[]> = new Map(
  Object.entries({
    nat: [
      [/^KUBE-(?:SERVICES|POSTROUTING|MARK-MASQ)$/, ['iptables', 'ipvs']],
      [/^KUBE-(?:NODEPORTS|PROXY-CANARY)$/, ['iptables']],
      [/^KUBE-(?:SVC|SVL|EXT|FW|SEP|XLB)-/, ['iptables']],
      [/^KUBE-(?:NODE-PORT|LOAD-BALANCER|FIREWALL)$/, ['ipvs']],
    ],
    filter: [
      [/^KUBE-(?:FORWARD|PROXY-FIREWALL)$/, ['iptables', 'ipvs']],
      [/^KUBE-(?:SERVICES|EXTERNAL-SERVICES|NODEPORTS|PROXY-CANARY)$/, ['iptables']],
      [/^KUBE-(?:NODE-PORT|IPVS-FILTER|IPVS-OUT-FILTER|SOURCE-RANGES-FIREWALL)$/, ['ipvs']],
    ],
    mangle: [[/^KUBE-PROXY-CANARY$/, ['iptables']]],
  }),
);

/** Up to 1.26 kubelets keep these two themselves (KEP-3178): alone they are not kube-proxy's. */
const KUBELETS = /^KUBE-(?:POSTROUTING|MARK-MASQ)$/;

export function leftoverChains(demand: Demand, ruleset: IptablesRuleset, otherFlavour: boolean): Finding[] {
  return [...ruleset.tables].flatMap(([name, table]) => {
    const left = [...table.keys()].filter((chain) => isLeft(demand.mode, { table: name, chain, otherFlavour }));
    const real = left.every((chain) => KUBELETS.test(chain)) ? [] : left;
    return real.length === 0 ? [] : [finding(demand, ruleset, { name, table, left: real, otherFlavour })];
  });
}

type Where = { readonly table: string; readonly chain: string; readonly otherFlavour: boolean };

function isLeft(mode: ProxyMode, { table, chain, otherFlavour }: Where): boolean {
  const owner = OWNERS.get(table)?.find(([pattern]) => pattern.test(chain));
  return owner !== undefined && (otherFlavour || !owner[1].includes(mode));
}

type Left = {
  readonly name: string;
  readonly table: IptablesTable;
  readonly left: readonly string[];
  readonly otherFlavour: boolean;
};

/** What is still met by packets decides: a jump to a chain that has rules. */
function finding(
  demand: Demand,
  { family, backend }: IptablesRuleset,
  { name, table, left, otherFlavour }: Left,
): Finding {
  const reached = reachedChains(table);
  const met = left.filter((chain) => reached.has(chain) && (table.get(chain)?.rules.length ?? 0) > 0);
  const flavour = otherFlavour
    ? ` These are rules of the ${backend ?? 'other'} flavour, which kube-proxy does not keep up to date here.`
    : '';
  const alive =
    met.length > 0
      ? ` Packets still meet ${listed(met)}: what is in it never changes again.`
      : ' No packet meets them.';
  return {
    kind: 'leftover',
    id: otherFlavour ? 'other-flavour' : 'iptables-chains',
    severity: met.length > 0 ? 'error' : 'note',
    service: undefined,
    family,
    where: `${name} ${listed(met.length > 0 ? met : left)}`,
    what: `Mode ${demand.mode} does not use what is left in ${name}: ${listed(left)}.${flavour}${alive}`,
    fix: `Remove the jumps to these chains first, then flush and delete the chains themselves; a KUBE- chain that is not named here stays.`,
  };
}

/** Every chain that a built-in chain leads to, over any number of jumps. */
function reachedChains(table: IptablesTable): ReadonlySet<string> {
  const reached = new Set([...table.values()].filter(({ policy }) => policy !== undefined).map(({ name }) => name));
  // A Set goes on with what is added to it meanwhile.
  for (const name of reached)
    for (const { target } of table.get(name)?.rules ?? [])
      if (target?.kind === 'jump' || target?.kind === 'goto') reached.add(target.chain);
  return reached;
}
