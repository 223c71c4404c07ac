// `nft list ruleset`, `nft list table ip kube-proxy`: the form that is left when nft has no JSON or crashes writing it (k/k#136786).
import { canonical } from '../addresses.ts';
import type { NftHook, NftRuleset } from '../rules/nftables.ts';
import { Unread } from '../rules/not-understood.ts';
import { linesOf } from './lines.ts';
import {
  chainNamed,
  familyNamed,
  KUBE_PROXY_TABLE,
  newMap,
  newSet,
  newTable,
  type GrowingTable,
} from './nft-table-builder.ts';
import { keyWithNames } from './nft-protocols.ts';
import { ruleOf, verdictOf } from './nft-text-clauses.ts';
import { takeList, wordsIn } from './nft-words.ts';

type Block = { readonly kind: 'set' | 'map' | 'chain'; readonly name: string; readonly lines: string[] };
type Reader = {
  readonly tables: GrowingTable[];
  readonly others: string[];
  readonly unread: Unread;
  table: GrowingTable | undefined;
  block: Block | undefined;
};

/** Never throws. */
export function parseNftText(text: string): NftRuleset {
  const reader: Reader = { tables: [], others: [], unread: new Unread(), table: undefined, block: undefined };
  for (const line of linesOf(text)) readLine(line, reader);
  if (reader.block !== undefined) closeBlock(reader);
  return { kubeProxy: reader.tables, others: reader.others, notUnderstood: reader.unread.total };
}

function readLine(line: string, reader: Reader): void {
  const table = /^table (\S+) (\S+) \{/.exec(line);
  if (table !== null) return openTable(table[1] ?? '', table[2] ?? '', reader);
  if (reader.table === undefined) return;
  const block = /^\t(set|map|chain) (\S+) \{$/.exec(line);
  if (block !== null) reader.block = { kind: block[1] as Block['kind'], name: block[2] ?? '', lines: [] };
  else if (line === '\t}') closeBlock(reader);
  else if (line === '}') reader.table = undefined;
  else readBody(line.trim(), reader);
}

function openTable(family: string, name: string, reader: Reader): void {
  const known = familyNamed(family);
  reader.table = known !== undefined && name === KUBE_PROXY_TABLE ? newTable(known, name) : undefined;
  if (reader.table === undefined) reader.others.push(`${family} ${name}`);
  else reader.tables.push(reader.table);
}

function readBody(line: string, { block, unread }: Reader): void {
  if (block !== undefined) block.lines.push(line);
  else if (line !== '' && !line.startsWith('comment ')) unread.add(line);
}

function closeBlock(reader: Reader): void {
  const { table, block } = reader;
  reader.block = undefined;
  if (table === undefined || block === undefined) return;
  if (block.kind === 'chain') readChain(block, table, reader.unread);
  else if (block.kind === 'set') readSet(block, table);
  else readMap(block, table, reader.unread);
}

function readChain({ name, lines }: Block, table: GrowingTable, unread: Unread): void {
  const chain = chainNamed(table, name);
  for (const line of lines) {
    if (line.startsWith('type ')) chain.hook = hookOf(line);
    else if (line !== '' && !line.startsWith('comment ')) chain.rules.push(ruleOf(line));
  }
  for (const { clauses } of chain.rules)
    for (const clause of clauses) if (clause.kind === 'other') unread.add(clause.text);
}

/** Standard names of priorities, nft(8). */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]);

function hookOf(line: string): NftHook | undefined {
  const match =
    /^type (\S+) hook (\S+) (?:device \S+ )?priority ([a-z]+|-?[0-9]+)(?: ([+-]) ([0-9]+))?;(?: policy ([a-z]+);)?/.exec(
      line,
    );
  if (match === null) return undefined;
  const [, type = '', hook = '', base = '', sign, offset, policy] = match;
  const moved = offset === undefined ? 0 : Number(`${sign}${offset}`);
  return { type, hook, priority: (PRIORITIES.get(base) ?? Number(base)) + moved, policy: policy ?? 'accept' };
}

/** The words of each element, without the braces. */
function elementsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const start = lines.findIndex((line) => line.startsWith('elements = '));
  return start < 0 ? [] : takeList(wordsIn(lines.slice(start).join(' ').slice('elements = '.length)));
}

/** Of an element only its key is kept: `10.0.0.1 . tcp . 80 comment "…"`. */
function keyOf(words: readonly string[]): string {
  const end = words.findIndex(
    (word) => word === 'comment' || word === 'timeout' || word === 'expires' || word === 'counter' || word === ':',
  );
  const key = words.slice(0, end < 0 ? undefined : end).filter((word) => word !== '.');
  return keyWithNames(key.map(canonical));
}

function readSet({ name, lines }: Block, table: GrowingTable): void {
  const timeout = lines.find((line) => line.startsWith('timeout '));
  const { elements } = newSet(
    table,
    name,
    timeout === undefined ? undefined : secondsOf(timeout.slice('timeout '.length)),
  );
  for (const element of elementsOf(lines)) elements.add(keyOf(element));
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
]);

/** `1h30m`, `10m`. */
function secondsOf(text: string): number {
  return [...text.matchAll(/([0-9]+)(ms|[dhms])/g)].reduce(
    (seconds, [, count, unit]) => seconds + Number(count) * (UNITS.get(unit ?? '') ?? 0),
    0,
  );
}

function readMap({ name, lines }: Block, table: GrowingTable, unread: Unread): void {
  const { elements } = newMap(table, name);
  for (const element of elementsOf(lines)) {
    const colon = element.indexOf(':');
    const verdict = colon < 0 ? undefined : verdictOf(element.slice(colon + 1));
    if (verdict === undefined) unread.add(element.join(' '));
    else elements.set(keyOf(element), verdict);
  }
}
