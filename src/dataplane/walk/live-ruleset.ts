// Legacy and nf_tables rules can stand side by side on a node: which of them a kube-proxy keeps up to date.
import type { Family } from '../addresses.ts';
import type { IptablesRuleset } from '../rules/iptables.ts';

/** The one with more of kube-proxy's chains; undefined when nothing of that family was read. */
export function liveRuleset(rulesets: readonly IptablesRuleset[], family: Family): IptablesRuleset | undefined {
  return rulesets
    .filter((ruleset) => ruleset.family === family)
    .toSorted((a, b) => ownChains(b) - ownChains(a))
    .at(0);
}

export function ownChains({ tables }: IptablesRuleset): number {
  return [...(tables.get('nat')?.keys() ?? [])].filter((name) => name.startsWith('KUBE-')).length;
}
