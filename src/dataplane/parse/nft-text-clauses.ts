// The statements of one rule of `nft list ruleset`, to the same clauses as nft-json-clauses.ts makes.
import { canonical, splitHostPort } from '../addresses.ts';
import type { NftClause, NftDestination, NftField, NftRule, NftVerdict } from '../rules/nftables.ts';
import { protocolNamed } from './nft-protocols.ts';
import { ended, peek, take, takeIf, takeList, unquoted, wordsIn, type Words } from './nft-words.ts';

export function ruleOf(text: string): NftRule {
  const words = wordsIn(text);
  const clauses: NftClause[] = [];
  let comment: string | undefined;
  while (!ended(words)) {
    if (takeIf(words, 'comment')) comment = unquoted(take(words));
    else clauses.push(clauseOf(words));
  }
  return { clauses, comment };
}

export function verdictOf(words: readonly string[]): NftVerdict | undefined {
  const [word, chain] = words;
  if ((word === 'jump' || word === 'goto') && chain !== undefined) return { kind: word, chain };
  return word === 'accept' || word === 'drop' || word === 'reject' || word === 'return' ? { kind: word } : undefined;
}

/** What is not understood ends the reading of the rule: its rest is one clause. */
function clauseOf(words: Words): NftClause {
  const start = words.at;
  const clause = fieldClause(words) ?? STATEMENTS.get(peek(words))?.(words);
  if (clause !== undefined && words.at > start) return clause;
  words.at = words.all.length;
  return { kind: 'other', text: words.all.slice(start).join(' ') };
}

function fieldClause(words: Words): NftClause | undefined {
  const start = words.at;
  const fields = takeFields(words);
  const [field] = fields;
  if (field === undefined) return undefined;
  const negated = takeIf(words, '!=');
  if (takeIf(words, 'vmap')) return { kind: 'lookup', fields, map: take(words).slice(1) };
  if (peek(words).startsWith('@')) return { kind: 'inSet', fields, negated, set: take(words).slice(1) };
  if (fields.length > 1) {
    words.at = start;
    return undefined;
  }
  if (field === 'protocol') return { kind: 'protocol', protocol: protocolNamed(take(words)) };
  if (field === 'port') return { kind: 'port', port: Number(take(words)) };
  return { kind: 'address', side: field, negated, values: takeList(words).map(([value = '']) => canonical(value)) };
}

const FIELDS: ReadonlyMap<string, NftField> = new Map([
  ['ip saddr', 'source'],
  ['ip6 saddr', 'source'],
  ['ip daddr', 'destination'],
  ['ip6 daddr', 'destination'],
  ['meta l4proto', 'protocol'],
  ['th dport', 'port'],
  ['tcp dport', 'port'],
  ['udp dport', 'port'],
  ['sctp dport', 'port'],
]);

/** `ip daddr . meta l4proto . th dport`; none when another statement stands here. */
function takeFields(words: Words): readonly NftField[] {
  const fields: NftField[] = [];
  do {
    const field = FIELDS.get(`${peek(words)} ${peek(words, 1)}`);
    if (field === undefined) return fields;
    words.at += 2;
    fields.push(field);
  } while (takeIf(words, '.'));
  return fields;
}

type Statement = (words: Words) => NftClause | undefined;

const STATEMENTS: ReadonlyMap<string, Statement> = new Map<string, Statement>([
  ['meta', markOf],
  ['mark', markOf],
  ['ct', connectionOf],
  ['fib', localOf],
  ['iifname', interfaceOf],
  ['numgen', drawOf],
  ['dnat', dnatOf],
  ['masquerade', masqueradeOf],
  ['update', rememberOf],
  ['counter', counterOf],
  ['reject', rejectOf],
  ...['jump', 'goto'].map((name): [string, Statement] => [name, (words) => verdict([take(words), take(words)])]),
  ...['accept', 'drop', 'return'].map((name): [string, Statement] => [name, (words) => verdict([take(words)])]),
]);

function verdict(words: readonly string[]): NftClause | undefined {
  const found = verdictOf(words);
  return found === undefined ? undefined : { kind: 'verdict', verdict: found };
}

/** `meta mark set meta mark | 0x4000`, `meta mark & 0x4000 != 0x0`. nft 1.0.1 writes `or`, `xor`, `and` and leaves out `meta`. */
function markOf(words: Words): NftClause | undefined {
  takeIf(words, 'meta');
  if (!takeIf(words, 'mark')) return undefined;
  if (takeIf(words, 'set')) return setMarkOf(words);
  if (!takeIf(words, '&') && !takeIf(words, 'and')) return undefined;
  const bits = Number(take(words));
  const equal = takeIf(words, '==');
  if (!equal && !takeIf(words, '!=')) return undefined;
  const zero = Number(take(words)) === 0;
  return { kind: 'marked', bits, negated: equal === zero };
}

function setMarkOf(words: Words): NftClause | undefined {
  takeIf(words, 'meta');
  if (!takeIf(words, 'mark')) return undefined;
  const operator = take(words);
  const bits = Number(take(words));
  if (operator === '|' || operator === 'or') return { kind: 'setMark', bits };
  return operator === '^' || operator === 'xor' ? { kind: 'toggleMark', bits } : undefined;
}

function connectionOf(words: Words): NftClause | undefined {
  take(words);
  if (takeIf(words, 'state')) return { kind: 'state', states: takeList(words).map(([state = '']) => state) };
  return takeIf(words, 'status') && takeIf(words, 'dnat') ? { kind: 'translated' } : undefined;
}

function localOf(words: Words): NftClause | undefined {
  take(words);
  const side = take(words) === 'saddr' ? 'source' : 'destination';
  if (!takeIf(words, 'type')) return undefined;
  const negated = takeIf(words, '!=');
  return takeIf(words, 'local') ? { kind: 'isLocal', side, negated } : undefined;
}

function interfaceOf(words: Words): NftClause {
  take(words);
  const negated = takeIf(words, '!=');
  return { kind: 'interface', negated, names: takeList(words).map(([name = '']) => unquoted(name)) };
}

function drawOf(words: Words): NftClause | undefined {
  const slots = takeSlots(words);
  if (!takeIf(words, 'vmap')) return undefined;
  const items = takeList(words);
  const verdicts = items.flatMap((item) => verdictOf(item.slice(item.indexOf(':') + 1)) ?? []);
  return slots === undefined || verdicts.length !== items.length ? undefined : { kind: 'drawVerdict', slots, verdicts };
}

/** `numgen random mod 3` */
function takeSlots(words: Words): number | undefined {
  const read = takeIf(words, 'numgen') && takeIf(words, 'random') && takeIf(words, 'mod');
  return read ? Number(take(words)) : undefined;
}

function dnatOf(words: Words): NftClause | undefined {
  take(words);
  // `dnat ip to …`, `dnat ip addr . port to …`: the words before `to` say nothing that is not clear.
  while (!ended(words) && !takeIf(words, 'to')) take(words);
  if (peek(words) !== 'numgen') {
    const to = splitHostPort(take(words));
    return to === undefined ? undefined : { kind: 'dnat', slots: 1, to: [{ ...to, address: canonical(to.address) }] };
  }
  const slots = takeSlots(words);
  if (!takeIf(words, 'map')) return undefined;
  const items = takeList(words);
  const to = items.flatMap((item) => destinationOf(item.slice(item.indexOf(':') + 1)) ?? []);
  return slots === undefined || to.length !== items.length ? undefined : { kind: 'dnat', slots, to };
}

/** `10.0.0.1 . 80` */
function destinationOf([address, dot, port]: readonly string[]): NftDestination | undefined {
  return address !== undefined && dot === '.' ? { address: canonical(address), port: Number(port) } : undefined;
}

function masqueradeOf(words: Words): NftClause {
  take(words);
  for (const flag of ['fully-random', 'random', ',', 'persistent']) takeIf(words, flag);
  return { kind: 'masquerade' };
}

function rememberOf(words: Words): NftClause | undefined {
  take(words);
  const set = take(words);
  takeList(words);
  return set.startsWith('@') ? { kind: 'remember', set: set.slice(1) } : undefined;
}

function counterOf(words: Words): NftClause | undefined {
  take(words);
  if (!takeIf(words, 'packets')) return undefined;
  const packets = Number(take(words));
  return takeIf(words, 'bytes') ? { kind: 'counter', counter: { packets, bytes: Number(take(words)) } } : undefined;
}

/** `reject`, `reject with icmp port-unreachable` */
function rejectOf(words: Words): NftClause {
  take(words);
  if (takeIf(words, 'with')) words.at += 2;
  return { kind: 'verdict', verdict: { kind: 'reject' } };
}
