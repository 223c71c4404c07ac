// Whether any rule behind a hook of the table filter could refuse a packet at all. Of a filter only that counts; for nearly every packet
// the answer is no, and its walk through the chains can be left out.
import type { IptablesChain, IptablesTable } from '../rules/iptables.ts';
import type { ChainIndex } from './chain-index.ts';
import { chanceOf, type MatchAround } from './iptables-match.ts';
import { isOwnJump } from './own-chain.ts';
import type { Branch } from './packet.ts';

export type RefusalTest = (table: IptablesTable, hook: IptablesChain, branch: Branch) => boolean;

export function refusalTest(candidates: ChainIndex, around: MatchAround): RefusalTest {
  const refusals = new WeakMap<IptablesChain, IptablesChain>();
  return (table, hook, branch) => {
    const all = refusals.get(hook) ?? refusingRules(table, hook);
    refusals.set(hook, all);
    return candidates(all, branch.destination, branch.port).some(
      ({ matches }) => chanceOf(matches, branch, around) > 0,
    );
  };
}

/** All rules that drop or reject, of all chains that can be reached from the hook, as if they stood in one chain. */
function refusingRules(table: IptablesTable, hook: IptablesChain): IptablesChain {
  const reached = new Set([hook]);
  // A Set goes on with what is added to it meanwhile.
  for (const chain of reached)
    for (const { target } of chain.rules) {
      const next = isOwnJump(target) ? table.get(target.chain) : undefined;
      if (next !== undefined) reached.add(next);
    }
  reached.delete(hook);
  const rules = [...reached].flatMap((chain) =>
    chain.rules.filter(({ target }) => target?.kind === 'drop' || target?.kind === 'reject'),
  );
  return { name: hook.name, policy: hook.policy, rules };
}
