// Takes a packet through the chains of kube-proxy's nft table of one family, from all its chains at one hook on.
import type { NftChain, NftClause, NftField, NftRule, NftTable, NftVerdict } from '../rules/nftables.ts';
import type { Branch, Outcome, Watch } from './packet.ts';
import type { Place } from './place.ts';
import { nftRuleText } from './nft-rule-text.ts';

const DEEPEST = 16;

export type NftWalk = (hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting', branch: Branch, watch?: Watch) => Outcome[];

/** Chains at one hook are run in the order of their priority; an `accept` ends only its own chain. */
export function nftWalk(table: NftTable | undefined, place: Place): NftWalk {
  const chains = [...(table?.chains.values() ?? [])].toSorted((a, b) => (a.hook?.priority ?? 0) - (b.hook?.priority ?? 0));
  return (hook, branch, watch) => {
    let open: Outcome[] = [{ verdict: 'passed', branch, where: `hook ${hook}` }];
    if (table === undefined) return open;
    for (const chain of chains.filter((one) => one.hook?.hook === hook))
      open = open.flatMap((outcome) => (goesOn(outcome) ? base({ table, place, watch }, chain, outcome.branch) : [outcome]));
    return open;
  };
}

function goesOn({ verdict }: Outcome): boolean {
  return verdict === 'passed' || verdict === 'accepted';
}

type Around = { readonly table: NftTable; readonly place: Place; readonly watch: Watch };
type Walk = Around & { readonly outcomes: Outcome[]; readonly checked: Map<string, number>; readonly selfMarks: Map<string, number> };

function base(around: Around, chain: NftChain, branch: Branch): Outcome[] {
  const walk: Walk = { ...around, outcomes: [], checked: new Map(), selfMarks: new Map() };
  const passed = follow(walk, chain, branch, 0);
  return [...walk.outcomes, ...passed.map((left): Outcome => ({ verdict: 'passed', branch: left, where: chain.name }))];
}

function follow(walk: Walk, chain: NftChain, start: Branch, depth: number): Branch[] {
  const back: Branch[] = [];
  let going: Branch[] = [start];
  for (const rule of chain.rules) {
    if (going.length === 0) break;
    const next: Branch[] = [];
    for (const branch of going) meet(walk, { chain, rule, depth, next, back }, branch);
    going = next;
  }
  return [...back, ...going];
}

type Meeting = {
  readonly chain: NftChain;
  readonly rule: NftRule;
  readonly depth: number;
  readonly next: Branch[];
  readonly back: Branch[];
};

/** Clauses work from left to right until one does not hold. A branch that is left over at the end goes on to the next rule. */
function meet(walk: Walk, meeting: Meeting, branch: Branch): void {
  const { rule, chain, depth } = meeting;
  let current: Branch | undefined = branch;
  let told = false;
  for (const clause of rule.clauses) {
    if (current === undefined) return;
    const before: Branch = current;
    if (!holdsFor(walk, clause, before)) {
      noteMissed(walk, meeting, clause);
      meeting.next.push(before);
      return;
    }
    const acts = !TESTS.has(clause.kind);
    if (acts && !told) {
      walk.watch?.({ depth, where: chain.name, rule: nftRuleText(rule), share: before.share, counter: counterOf(rule) });
      told = true;
    }
    current = acts ? act(walk, meeting, before, clause) : before;
  }
  if (current !== undefined) meeting.next.push(current);
}

function counterOf({ clauses }: NftRule): { packets: number; bytes: number } | undefined {
  for (const clause of clauses) if (clause.kind === 'counter') return clause.counter;
  return undefined;
}

const TESTS: ReadonlySet<NftClause['kind']> = new Set<NftClause['kind']>([
  'address',
  'inSet',
  'isLocal',
  'protocol',
  'port',
  'interface',
  'state',
  'translated',
  'marked',
  'counter',
  'other',
]);

function holdsFor({ table, place }: Walk, clause: NftClause, branch: Branch): boolean {
  switch (clause.kind) {
    case 'address':
      return clause.values.some((value) => place.inPrefix(branch[clause.side], value)) !== clause.negated;
    case 'inSet':
      return isMember(table, clause, branch) !== clause.negated;
    case 'isLocal':
      return place.isLocal(branch[clause.side]) !== clause.negated;
    case 'protocol':
      return clause.protocol === branch.protocol;
    case 'port':
      return clause.port === branch.port;
    // Only the interface of pods is ever named in kube-proxy's rules.
    case 'interface':
      return (branch.from === 'pod') !== clause.negated;
    case 'state':
      return clause.states.includes('new');
    case 'translated':
      return branch.translated;
    case 'marked':
      return ((branch.mark & clause.bits) !== 0) !== clause.negated;
    case 'lookup':
      return table.maps.get(clause.map)?.elements.has(keyOf(clause.fields, branch)) ?? false;
    case 'other':
      return false;
    default:
      return true;
  }
}

/** A first packet is of no client that an affinity set would remember: these sets expire. */
function isMember(table: NftTable, { set, fields }: Extract<NftClause, { kind: 'inSet' }>, branch: Branch): boolean {
  const found = table.sets.get(set);
  return found !== undefined && found.timeoutSeconds === undefined && found.elements.has(keyOf(fields, branch));
}

function keyOf(fields: readonly NftField[], branch: Branch): string {
  return fields.map((field) => String(branch[field])).join(' . ');
}

function noteMissed({ table, checked, selfMarks }: Walk, { rule, chain }: Meeting, clause: NftClause): void {
  const last = rule.clauses.at(-1);
  const to = last?.kind === 'verdict' && 'chain' in last.verdict ? last.verdict.chain : undefined;
  const seconds = clause.kind === 'inSet' ? table.sets.get(clause.set)?.timeoutSeconds : undefined;
  if (to !== undefined && seconds !== undefined) checked.set(to, seconds);
  const mark = to === undefined ? bitsOf(last) : markOf(table, to);
  if (clause.kind === 'address' && clause.side === 'source' && !clause.negated && mark !== 0)
    for (const value of clause.values) selfMarks.set(`${chain.name} ${value}`, mark);
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
  const to = { ...branch, destination: address, port, translated: true, selfMark: selfMarks.get(`${chain.name} ${address}`) ?? 0 };
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
  const chain = depth < DEEPEST ? walk.table.chains.get(name) : undefined;
  if (chain === undefined) return [branch];
  const seconds = walk.checked.get(name);
  return follow(walk, chain, seconds === undefined ? branch : { ...branch, affinitySeconds: seconds }, depth + 1);
}
