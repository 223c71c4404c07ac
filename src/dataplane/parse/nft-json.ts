// `nft -j list ruleset` (libnftables-json(5)). Only kube-proxy's tables are kept; of all others the names.
import type { NftHook, NftRule, NftRuleset } from '../rules/nftables.ts';
import { Unread } from '../rules/not-understood.ts';
import { isRecord, listIn, numberIn, parseJson, recordsIn, textIn, type Json } from './json.ts';
import { keyWithNames } from './nft-protocols.ts';
import { addressIn, clausesOf, verdictOf } from './nft-json-clauses.ts';
import {
  chainNamed,
  familyNamed,
  KUBE_PROXY_TABLE,
  newMap,
  newSet,
  newTable,
  type GrowingTable,
} from './nft-table-builder.ts';

type Reader = { readonly tables: GrowingTable[]; readonly others: string[]; readonly unread: Unread };

/** Never throws; undefined when the text is no JSON of nft (nft may crash half-way: k/k#136786). */
export function parseNftJson(text: string): NftRuleset | undefined {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    // Cut off, or made to be too deep: the caller goes on with the text form, or says that nothing was read.
    return undefined;
  }
  if (!isRecord(parsed) || !Array.isArray(parsed['nftables'])) return undefined;
  const reader: Reader = { tables: [], others: [], unread: new Unread() };
  for (const item of recordsIn(parsed['nftables'])) readItem(item, reader);
  return { kubeProxy: reader.tables, others: reader.others, notUnderstood: reader.unread.total };
}

function readItem(item: Json, reader: Reader): void {
  const { table, set, map, chain, rule } = item;
  if (isRecord(table)) return readTable(table, reader);
  for (const [what, read] of [
    [set, readSet],
    [map, readMap],
    [chain, readChain],
    [rule, readRule],
  ] as const) {
    const owner = isRecord(what) ? tableOf(what, reader) : undefined;
    if (isRecord(what) && owner !== undefined) read(what, owner, reader.unread);
  }
}

function readTable(table: Json, reader: Reader): void {
  const family = familyNamed(table['family']);
  if (family !== undefined && table['name'] === KUBE_PROXY_TABLE)
    reader.tables.push(newTable(family, KUBE_PROXY_TABLE));
  else reader.others.push(`${textIn(table['family'])} ${textIn(table['name'])}`);
}

function tableOf(what: Json, { tables }: Reader): GrowingTable | undefined {
  const family = familyNamed(what['family']);
  return tables.find((table) => table.family === family && table.name === what['table']);
}

function readSet(set: Json, table: GrowingTable): void {
  const { elements } = newSet(
    table,
    textIn(set['name']),
    typeof set['timeout'] === 'number' ? set['timeout'] : undefined,
  );
  for (const element of listIn(set['elem'])) elements.add(keyOf(element));
}

function readMap(map: Json, table: GrowingTable, unread: Unread): void {
  const { elements } = newMap(table, textIn(map['name']));
  for (const element of listIn(map['elem'])) {
    const [key, value] = listIn(element);
    const verdict = isRecord(value) ? verdictOf(value) : undefined;
    if (verdict === undefined) unread.add(JSON.stringify(element) ?? '');
    else elements.set(keyOf(key), verdict);
  }
}

/** An element is a value, or a value with a comment or a time-out around it. */
function keyOf(element: unknown): string {
  if (isRecord(element) && isRecord(element['elem'])) return keyOf(element['elem']['val']);
  if (isRecord(element) && Array.isArray(element['concat'])) return keyWithNames(element['concat'].map(addressIn));
  return addressIn(element);
}

function readChain(chain: Json, table: GrowingTable): void {
  chainNamed(table, textIn(chain['name'])).hook = hookOf(chain);
}

function hookOf({ type, hook, prio, policy }: Json): NftHook | undefined {
  return typeof type === 'string' && typeof hook === 'string'
    ? { type, hook, priority: numberIn(prio), policy: textIn(policy) }
    : undefined;
}

function readRule(rule: Json, table: GrowingTable, unread: Unread): void {
  const clauses = clausesOf(listIn(rule['expr']));
  const read: NftRule = { clauses, comment: typeof rule['comment'] === 'string' ? rule['comment'] : undefined };
  chainNamed(table, textIn(rule['chain'])).rules.push(read);
  for (const clause of clauses) if (clause.kind === 'other') unread.add(clause.text);
}
