// Whether the outcome of POSTROUTING hangs on the mark alone, as in mode iptables: then it need not be walked for each packet anew.
import type { IptablesTable } from '../rules/iptables.ts';
import { isOwnJump } from './own-chain.ts';
import type { Branch, Outcome } from './packet.ts';

/** Remembers outcomes by mark where that is allowed; `walk` is asked otherwise. */
export function rememberedByMark(
  table: IptablesTable | undefined,
  hook: string,
  walk: (branch: Branch) => Outcome[],
): (branch: Branch) => Outcome[] {
  if (!hangsOnMarkOnly(table, hook)) return walk;
  const known = new Map<number, Outcome[]>();
  return (branch) => {
    const outcomes = known.get(branch.mark) ?? walk(branch);
    known.set(branch.mark, outcomes);
    return outcomes;
  };
}

function hangsOnMarkOnly(table: IptablesTable | undefined, hook: string): boolean {
  const reached = new Set([hook]);
  for (const name of reached)
    for (const { matches, target } of table?.get(name)?.rules ?? []) {
      // What others have in the built-in chain is passed over by every walk.
      if (name === hook && !isOwnJump(target)) continue;
      if (matches.some(({ kind }) => kind !== 'mark')) return false;
      if (isOwnJump(target)) reached.add(target.chain);
    }
  return true;
}
