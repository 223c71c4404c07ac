// Takes a packet through the chains of kube-proxy's nft table of one family, from all its chains at one hook on.
import type { NftChain, NftClause, NftRule, NftTable, NftVerdict } from '../rules/nftables.ts';
import type { Branch, Outcome, Watch } from './packet.ts';
import type { Place } from './place.ts';
import { holdsFor, keyOf, TESTS } from './nft-match.ts';
import { nftRuleText } from './nft-rule-text.ts';
import { DEEPEST, MOST_ENTRIES, throughRules, type Ways } from './through-rules.ts';

export type NftWalk = (
  hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting',
  branch: Branch,
  watch?: Watch,
) => Outcome[];

/** Chains at one hook are run in the order of their priority; an `accept` ends only its own chain. */
export function nftWalk(table: NftTable | undefined, place: Place): NftWalk {
  const hooked = [...(table?.chains.values() ?? [])]
    .filter((chain) => chain.hook !== undefined)
    .toSorted((a, b) => (a.hook?.priority ?? 0) - (b.hook?.priority ?? 0));
  return (hook, branch, watch) => {
    const here = `hook ${hook}`;
    if (table === undefined) return [{ verdict: 'passed', branch, where: here }];
    const walk: Walk = {
      table,
      place,
      watch,
      outcomes: [],
      chainsLeft: MOST_ENTRIES * (table.chains.size + 1),
      checked: new Map(),
      selfMarks: new Map(),
    };
    let open: Outcome[] = [{ verdict: 'passed', branch, where: here }];
    for (const chain of hooked) if (chain.hook?.hook === hook) open = through(walk, chain, open);
    return [...walk.outcomes, ...open];
  };
}

type Walk = {
  readonly table: NftTable;
  readonly place: Place;
  readonly watch: Watch;
  /** Those that end here; an `accept` ends only its own base chain. */
  readonly outcomes: Outcome[];
  chainsLeft: number;
  readonly checked: Map<string, number>;
  readonly selfMarks: Map<string, number>;
};

/** All branches through one base chain; those that go on to the next. */
function through(walk: Walk, chain: NftChain, open: readonly Outcome[]): Outcome[] {
  for (const { branch } of open)
    for (const left of follow(walk, chain, branch, 0))
      walk.outcomes.push({ verdict: 'passed', branch: left, where: chain.name });
  const on = walk.outcomes.filter(goesOn);
  const ended = walk.outcomes.filter((outcome) => !goesOn(outcome));
  walk.outcomes.splice(0, Infinity, ...ended);
  return on;
}

function goesOn({ verdict }: Outcome): boolean {
  return verdict === 'passed' || verdict === 'accepted';
}

function follow(walk: Walk, chain: NftChain, start: Branch, depth: number): Branch[] {
  return throughRules(chain.rules, start, {
    isMissed: (rule, branch) => {
      const [clause] = rule.clauses;
      if (clause === undefined || holdsFor(clause, branch, walk)) return false;
      noteMissed(walk, { chain, rule }, clause);
      return true;
    },
    meet: (rule, branch, { next, back }) => meet(walk, { chain, rule, depth, next, back }, branch),
  });
}

type Meeting = Ways & {
  readonly chain: NftChain;
  readonly rule: NftRule;
  readonly depth: number;
};

/** Clauses work from left to right until one does not hold. A branch that is left over at the end goes on to the next rule. */
function meet(walk: Walk, meeting: Meeting, branch: Branch): void {
  const { rule } = meeting;
  let current: Branch | undefined = branch;
  let told = false;
  for (const clause of rule.clauses) {
    if (current === undefined) return;
    const before: Branch = current;
    if (!holdsFor(clause, before, walk)) {
      noteMissed(walk, meeting, clause);
      meeting.next.push(before);
      return;
    }
    const acts = !TESTS.has(clause.kind);
    if (acts && !told) {
      tell(walk, meeting, before);
      told = true;
    }
    current = acts ? act(walk, meeting, before, clause) : before;
  }
  if (current !== undefined) meeting.next.push(current);
}

function tell({ watch }: Walk, { chain, rule, depth }: Meeting, { share }: Branch): void {
  watch?.({ depth, where: chain.name, rule: nftRuleText(rule), share, counter: counterOf(rule), passedOver: false });
}

function counterOf({ clauses }: NftRule): { packets: number; bytes: number } | undefined {
  for (const clause of clauses) if (clause.kind === 'counter') return clause.counter;
  return undefined;
}

/** What a rule that did not match still tells: whom affinity would send where, and who would be marked. */
function noteMissed(walk: Walk, { rule, chain }: Pick<Meeting, 'rule' | 'chain'>, clause: NftClause): void {
  const last = rule.clauses.at(-1);
  const to = last?.kind === 'verdict' && 'chain' in last.verdict ? last.verdict.chain : undefined;
  if (clause.kind === 'inSet') noteAffinity(walk, clause.set, to);
  if (clause.kind !== 'address' || clause.side !== 'source' || clause.negated) return;
  const mark = to === undefined ? bitsOf(last) : markOf(walk.table, to);
  for (const value of clause.values) walk.selfMarks.set(`${chain.name} ${value}`, mark);
}

function noteAffinity({ table, checked }: Walk, set: string, to: string | undefined): void {
  const seconds = table.sets.get(set)?.timeoutSeconds;
  if (to !== undefined && seconds !== undefined) checked.set(to, seconds);
}

/** The bits a chain like mark-for-masquerade sets (1.29 to 1.35). */
function markOf(table: NftTable, chain: string): number {
  for (const { clauses } of table.chains.get(chain)?.rules ?? [])
    for (const clause of clauses) if (clause.kind === 'setMark') return clause.bits;
  return 0;
}

function bitsOf(clause: NftClause | undefined): number {
  return clause?.kind === 'setMark' ? clause.bits : 0;
}

/** undefined: the branch has left the rule. */
function act(walk: Walk, meeting: Meeting, branch: Branch, clause: NftClause): Branch | undefined {
  switch (clause.kind) {
    case 'setMark':
      return { ...branch, mark: (branch.mark | clause.bits) >>> 0 };
    case 'toggleMark':
      return { ...branch, mark: (branch.mark ^ clause.bits) >>> 0 };
    case 'remember':
      return { ...branch, remembered: true };
    case 'masquerade':
      walk.outcomes.push({ verdict: 'masqueraded', branch, where: meeting.chain.name });
      return undefined;
    case 'verdict':
      return decide(walk, meeting, branch, clause.verdict);
    case 'lookup': {
      const verdict = walk.table.maps.get(clause.map)?.elements.get(keyOf(clause.fields, branch));
      return verdict === undefined ? branch : decide(walk, meeting, branch, verdict);
    }
    case 'drawVerdict':
      for (const verdict of clause.verdicts) decide(walk, meeting, drawn(branch, 1 / clause.slots), verdict);
      return undrawn(branch, clause.verdicts.length / clause.slots);
    case 'dnat':
      for (const to of clause.to) walk.outcomes.push(translated(walk, meeting, drawn(branch, 1 / clause.slots), to));
      return undrawn(branch, clause.to.length / clause.slots);
    default:
      return branch;
  }
}

function drawn(branch: Branch, chance: number): Branch {
  return { ...branch, share: branch.share * chance };
}

/** More slots than verdicts: the rest of the packets finds nothing. */
function undrawn(branch: Branch, taken: number): Branch | undefined {
  return taken < 1 - 1e-9 ? { ...branch, share: branch.share * (1 - taken) } : undefined;
}

function translated(
  { selfMarks }: Walk,
  { chain }: Meeting,
  branch: Branch,
  { address, port }: { readonly address: string; readonly port: number },
): Outcome {
  const to = {
    ...branch,
    destination: address,
    port,
    translated: true,
    selfMark: selfMarks.get(`${chain.name} ${address}`) ?? 0,
  };
  return { verdict: 'accepted', branch: to, where: chain.name };
}

function decide(walk: Walk, meeting: Meeting, branch: Branch, verdict: NftVerdict): Branch | undefined {
  const ends = { accept: 'accepted', drop: 'dropped', reject: 'rejected' } as const;
  switch (verdict.kind) {
    case 'jump':
      meeting.next.push(...enter(walk, verdict.chain, branch, meeting.depth));
      return undefined;
    case 'goto':
      meeting.back.push(...enter(walk, verdict.chain, branch, meeting.depth));
      return undefined;
    case 'return':
      meeting.back.push(branch);
      return undefined;
    default:
      walk.outcomes.push({ verdict: ends[verdict.kind], branch, where: meeting.chain.name });
      return undefined;
  }
}

function enter(walk: Walk, name: string, branch: Branch, depth: number): Branch[] {
  const chain = depth < DEEPEST && walk.chainsLeft > 0 ? walk.table.chains.get(name) : undefined;
  if (chain === undefined) return [branch];
  walk.chainsLeft -= 1;
  const seconds = walk.checked.get(name);
  return follow(walk, chain, seconds === undefined ? branch : { ...branch, affinitySeconds: seconds }, depth + 1);
}
