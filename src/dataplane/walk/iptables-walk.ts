// Takes a packet through the chains of one iptables table, from a hook on. Only kube-proxy's and the kubelet's chains are entered, and of
// a built-in chain only the jumps to them are followed: what others do with a packet cannot be told from the few matches understood here.
import type { IptablesChain, IptablesRule, IptablesRuleset, IptablesTable } from '../rules/iptables.ts';
import { chainIndex } from './chain-index.ts';
import { chanceOf, type MatchAround } from './iptables-match.ts';
import { isOwnChain, isOwnJump } from './own-chain.ts';
import { refusalTest } from './refusal-test.ts';
import type { Branch, Outcome, Watch } from './packet.ts';
import { DEEPEST, MOST_ENTRIES, throughRules, type Ways } from './through-rules.ts';

export type IptablesWalk = (
  hook: { readonly table: string; readonly chain: string },
  branch: Branch,
  watch?: Watch,
) => Outcome[];

export function iptablesWalk(ruleset: IptablesRuleset | undefined, around: MatchAround): IptablesWalk {
  const candidates = chainIndex();
  const mayRefuse = refusalTest(candidates, around);
  return ({ table: tableName, chain: chainName }, branch, watch) => {
    const table = ruleset?.tables.get(tableName);
    const chain = table?.get(chainName);
    const where = `${tableName} ${chainName}`;
    if (table === undefined || chain === undefined) return [{ verdict: 'passed', branch, where }];
    if (watch === undefined && tableName === 'filter' && !mayRefuse(table, chain, branch))
      return [{ verdict: 'passed', branch, where }];
    const walk: Walk = {
      table,
      tableName,
      around,
      candidates,
      watch,
      outcomes: [],
      chainsLeft: MOST_ENTRIES * (table.size + 1),
      checked: new Map(),
      selfMark: undefined,
    };
    const passed = follow(walk, chain, branch, 0);
    return [...walk.outcomes, ...passed.map((left): Outcome => ({ verdict: 'passed', branch: left, where }))];
  };
}

type Walk = {
  readonly table: IptablesTable;
  readonly tableName: string;
  readonly around: MatchAround;
  readonly candidates: ReturnType<typeof chainIndex>;
  readonly watch: Watch;
  readonly outcomes: Outcome[];
  chainsLeft: number;
  /** Affinity checks by the chain they lead to. */
  readonly checked: Map<string, number>;
  /** The last chain that would have marked the packet, had it come from `prefix`. */
  selfMark: { readonly chain: string; readonly prefix: string; readonly mark: number } | undefined;
};

/** Branches that came out at the end of the chain, or by RETURN. */
function follow(walk: Walk, chain: IptablesChain, start: Branch, depth: number): Branch[] {
  return throughRules(walk.candidates(chain, start.destination, start.port), start, {
    isMissed: (rule, branch) => {
      if (chanceOf(rule.matches, branch, walk.around) !== 0) return false;
      noteMissed(walk, chain, rule);
      return true;
    },
    meet: (rule, branch, { next, back }) => meet(walk, { chain, rule, depth, next, back }, branch),
  });
}

type Meeting = Ways & {
  readonly chain: IptablesChain;
  readonly rule: IptablesRule;
  readonly depth: number;
};

function meet(walk: Walk, meeting: Meeting, branch: Branch): void {
  const { rule, chain } = meeting;
  const chance = chanceOf(rule.matches, branch, walk.around);
  if (chance === 0) {
    noteMissed(walk, chain, rule);
    meeting.next.push(branch);
    return;
  }
  if (chance < 1) meeting.next.push({ ...branch, share: branch.share * (1 - chance) });
  const hit = chance < 1 ? { ...branch, share: branch.share * chance } : branch;
  tell(walk, meeting, hit);
  if (isOthers(meeting)) return void meeting.next.push(hit);
  act(walk, meeting, hit);
}

function tell({ watch, tableName }: Walk, { chain, rule, depth }: Meeting, { share }: Branch): void {
  const passedOver = isOthers({ rule, depth });
  watch?.({ depth, where: `${tableName} ${chain.name}`, rule: rule.text, share, counter: rule.counter, passedOver });
}

/** Chains are left over from mode to mode: a jump out of an own chain leads to an own chain. */
function isOthers({ rule: { target }, depth }: Pick<Meeting, 'rule' | 'depth'>): boolean {
  return depth === 0 && !isOwnJump(target);
}

/** What a rule that did not match still tells: whom affinity would send where, and who would be marked. */
function noteMissed(walk: Walk, chain: IptablesChain, { matches, target }: IptablesRule): void {
  const [first, second] = matches;
  if (first === undefined || second !== undefined || target?.kind !== 'jump') return;
  if (first.kind === 'recent') walk.checked.set(target.chain, first.seconds);
  if (first.kind === 'source' && !first.negated)
    walk.selfMark = { chain: chain.name, prefix: first.prefix, mark: markOf(walk.table, target.chain) };
}

/** The bits a chain like KUBE-MARK-MASQ sets. */
function markOf(table: IptablesTable, chain: string): number {
  for (const { target } of table.get(chain)?.rules ?? []) if (target?.kind === 'mark') return target.value;
  return 0;
}

function act(walk: Walk, meeting: Meeting, branch: Branch): void {
  const { target } = meeting.rule;
  const { next, back, chain } = meeting;
  const end = (verdict: Outcome['verdict'], ended = branch): void =>
    void walk.outcomes.push({ verdict, branch: ended, where: `${walk.tableName} ${chain.name}` });
  switch (target?.kind) {
    case undefined:
    case 'other':
      return void next.push(branch);
    case 'mark':
      return void next.push({ ...branch, mark: ((branch.mark & ~target.mask) ^ target.value) >>> 0 });
    case 'return':
      return void back.push(branch);
    case 'accept':
      return end('accepted');
    case 'drop':
      return end('dropped');
    case 'reject':
      return end('rejected');
    case 'masquerade':
      return end('masqueraded');
    case 'dnat':
      return end('accepted', translate(walk, meeting, branch, target));
    case 'jump':
      return void next.push(...enter(walk, target.chain, branch, meeting.depth));
    case 'goto':
      return void back.push(...enter(walk, target.chain, branch, meeting.depth));
  }
}

function enter(walk: Walk, name: string, branch: Branch, depth: number): Branch[] {
  const chain = isOwnChain(name) && depth < DEEPEST && walk.chainsLeft > 0 ? walk.table.get(name) : undefined;
  if (chain === undefined) return [branch];
  walk.chainsLeft -= 1;
  const seconds = walk.checked.get(name);
  const entered = seconds === undefined ? branch : { ...branch, affinitySeconds: seconds };
  return follow(walk, chain, entered, depth + 1);
}

type To = { readonly address: string; readonly port: number };

function translate(
  { selfMark, around }: Walk,
  { chain, rule }: Meeting,
  branch: Branch,
  { address, port }: To,
): Branch {
  const own = selfMark?.chain === chain.name && around.place.inPrefix(address, selfMark.prefix);
  return {
    ...branch,
    destination: address,
    port,
    translated: true,
    selfMark: own ? selfMark.mark : 0,
    remembered: rule.matches.some((match) => match.kind === 'recent' && match.does === 'remember'),
  };
}
