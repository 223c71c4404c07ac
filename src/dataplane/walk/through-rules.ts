// One chain's rules, one after the other, for the branches of a packet: what iptables and nft chains have in common.
import type { Branch } from './packet.ts';

/** No rule of kube-proxy is nested deeper; a loop of jumps, which the kernel forbids, ends here, too. */
export const DEEPEST = 16;
/** Times its chains a walk may enter one; rules of kube-proxy need two. Rules made to take for ever end here. */
export const MOST_ENTRIES = 4;

export type Ways = {
  /** Goes on to the next rule. */
  readonly next: Branch[];
  /** Leaves the chain. */
  readonly back: Branch[];
};

export type RuleSteps<R> = {
  /** Nearly every rule is met by one branch, and does not match it: told first, because it is quickly told. */
  readonly isMissed: (rule: R, branch: Branch) => boolean;
  readonly meet: (rule: R, branch: Branch, ways: Ways) => void;
};

/** Branches that came out at the end of the chain, or by RETURN. */
export function throughRules<R>(rules: Iterable<R>, start: Branch, { isMissed, meet }: RuleSteps<R>): Branch[] {
  const back: Branch[] = [];
  let going: Branch[] = [start];
  for (const rule of rules) {
    const [first] = going;
    if (first === undefined) break;
    if (going.length === 1 && isMissed(rule, first)) continue;
    const next: Branch[] = [];
    for (const branch of going) meet(rule, branch, { next, back });
    going = next;
  }
  return [...back, ...going];
}
