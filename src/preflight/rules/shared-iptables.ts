// The iptables rules of a node, both flavours of both families, as far as a flavour can hold rules at all.
import type { NodeFacts } from '../facts/node.ts';
import type { Iptables, IptablesRules } from '../facts/probe.ts';
import { isPresent } from '../../kubeproxy/kernel-state.ts';
import { derive, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';

export type Flavour = keyof Iptables;

/** Without its module in the kernel, a flavour has no rules, whether or not there is a program to list them. */
const MODULES: Readonly<Record<Flavour, string>> = {
  legacy: 'ip_tables',
  nft: 'nf_tables',
  legacy6: 'ip6_tables',
  nft6: 'nf_tables',
};

export function rulesIn({ probe }: NodeFacts, flavour: Flavour): Known<IptablesRules> {
  const listed = probe.iptables[flavour];
  if (listed.known) return listed;
  const state = valueOr(probe.modules, undefined)?.[MODULES[flavour]];
  const absent = state !== undefined && state.kind !== 'unknown' && !isPresent(state);
  return absent ? known({ chains: [], rules: [], serviceChains: 0 }) : listed;
}

/** Of IPv4, both flavours; unseen unless both are known. */
export function ipv4Rules(node: NodeFacts): Known<readonly IptablesRules[]> {
  return derive([rulesIn(node, 'legacy'), rulesIn(node, 'nft')], (legacy, nft) => [legacy, nft]);
}

/** `-A FORWARD -s 10.244.0.0/16 -j ACCEPT`, without its table. */
export type Rule = { readonly chain: string; readonly text: string; readonly jump: string };

export function rulesOf({ rules }: IptablesRules, table: string): readonly Rule[] {
  return rules.flatMap((one) => {
    if (one.table !== table) return [];
    const chain = /^-A (\S+)/.exec(one.rule)?.[1] ?? '';
    return [{ chain, text: one.rule, jump: / -[jg] (\S+)/.exec(one.rule)?.[1] ?? '' }];
  });
}
