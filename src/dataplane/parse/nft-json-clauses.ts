// The statements of one rule of `nft -j`, in the forms kube-proxy writes (pkg/proxy/nftables/proxier.go, 1.29 to 1.37).
import { canonical } from '../addresses.ts';
import type { NftClause, NftDestination, NftField, NftVerdict } from '../rules/nftables.ts';
import { isRecord, listIn, numberIn, scalarIn, textIn, type Json } from './json.ts';
import { protocolNamed } from './nft-protocols.ts';

export function clausesOf(expressions: readonly unknown[]): NftClause[] {
  return expressions.map(
    (expression) => clauseOf(expression) ?? { kind: 'other', text: JSON.stringify(expression) ?? '' },
  );
}

export function verdictOf(value: Json): NftVerdict | undefined {
  for (const kind of ['jump', 'goto'] as const) {
    const to = value[kind];
    if (isRecord(to) && typeof to['target'] === 'string') return { kind, chain: to['target'] };
  }
  return (['accept', 'drop', 'reject', 'return'] as const)
    .filter((kind) => kind in value)
    .map((kind) => ({ kind }))
    .at(0);
}

/** A number, an address or a prefix, as nft's text would have it. */
export function addressIn(value: unknown): string {
  if (isRecord(value) && isRecord(value['prefix']))
    return `${textIn(value['prefix']['addr'])}/${scalarIn(value['prefix']['len'])}`;
  return typeof value === 'string'
    ? canonical(value)
    : typeof value === 'number'
      ? String(value)
      : (JSON.stringify(value) ?? '');
}

function clauseOf(expression: unknown): NftClause | undefined {
  if (!isRecord(expression)) return undefined;
  const [name, body] = Object.entries(expression)[0] ?? [];
  const verdict = verdictOf(expression);
  if (verdict !== undefined) return { kind: 'verdict', verdict };
  return name === undefined ? undefined : STATEMENTS.get(name)?.(isRecord(body) ? body : {});
}

const STATEMENTS: ReadonlyMap<string, (body: Json) => NftClause | undefined> = new Map([
  ['match', matchOf],
  ['vmap', lookupOf],
  ['mangle', mangleOf],
  ['dnat', dnatOf],
  ['masquerade', (): NftClause => ({ kind: 'masquerade' })],
  ['set', rememberOf],
  ['counter', counterOf],
]);

function matchOf({ op, left, right }: Json): NftClause | undefined {
  const negated = op === '!=';
  const fields = fieldsOf(left);
  if (fields !== undefined) return fieldMatch(fields, right, negated);
  if (!isRecord(left)) return undefined;
  if (isRecord(left['fib'])) return localMatch(left['fib'], right, negated);
  if (isRecord(left['ct'])) return connectionMatch(left['ct'], right);
  if (Array.isArray(left['&']))
    return { kind: 'marked', bits: numberIn(left['&'][1]), negated: negated !== (right === 0) };
  const key = isRecord(left['meta']) ? left['meta']['key'] : undefined;
  return key === 'iifname' ? { kind: 'interface', negated, names: valuesIn(right) } : undefined;
}

function fieldMatch(fields: readonly NftField[], right: unknown, negated: boolean): NftClause | undefined {
  if (typeof right === 'string' && right.startsWith('@'))
    return { kind: 'inSet', fields, negated, set: right.slice(1) };
  const [field] = fields;
  if (fields.length !== 1 || field === undefined) return undefined;
  if (field === 'protocol') return negated ? undefined : { kind: 'protocol', protocol: protocolNamed(scalarIn(right)) };
  if (field === 'port') return negated ? undefined : { kind: 'port', port: numberIn(right) };
  return { kind: 'address', side: field, negated, values: valuesIn(right) };
}

function localMatch(fib: Json, right: unknown, negated: boolean): NftClause | undefined {
  if (fib['result'] !== 'type' || right !== 'local') return undefined;
  return { kind: 'isLocal', side: listIn(fib['flags']).includes('saddr') ? 'source' : 'destination', negated };
}

function connectionMatch({ key }: Json, right: unknown): NftClause | undefined {
  if (key === 'status') return right === 'dnat' ? { kind: 'translated' } : undefined;
  return key === 'state' ? { kind: 'state', states: valuesIn(right) } : undefined;
}

function valuesIn(right: unknown): string[] {
  if (isRecord(right) && Array.isArray(right['set'])) return right['set'].map(addressIn);
  return Array.isArray(right) ? right.map(addressIn) : [addressIn(right)];
}

/** A field, or several of them; undefined for anything else. */
function fieldsOf(left: unknown): readonly NftField[] | undefined {
  if (!isRecord(left)) return undefined;
  const parts = Array.isArray(left['concat']) ? left['concat'] : [left];
  const fields = parts.flatMap((part) => fieldOf(part) ?? []);
  return fields.length === parts.length && fields.length > 0 ? fields : undefined;
}

function fieldOf(part: unknown): NftField | undefined {
  if (!isRecord(part)) return undefined;
  const { payload, meta } = part;
  if (isRecord(meta)) return meta['key'] === 'l4proto' ? 'protocol' : undefined;
  if (!isRecord(payload)) return undefined;
  return FIELDS.get(textIn(payload['field']));
}

const FIELDS: ReadonlyMap<string, NftField> = new Map([
  ['saddr', 'source'],
  ['daddr', 'destination'],
  ['dport', 'port'],
]);

function lookupOf({ key, data }: Json): NftClause | undefined {
  if (typeof data === 'string') {
    const fields = fieldsOf(key);
    return fields === undefined ? undefined : { kind: 'lookup', fields, map: data.slice(1) };
  }
  const slots = slotsOf(key);
  const pairs = isRecord(data) ? listIn(data['set']) : [];
  const verdicts = pairs.flatMap((pair) => {
    const value = listIn(pair)[1];
    return isRecord(value) ? (verdictOf(value) ?? []) : [];
  });
  return slots === undefined || verdicts.length !== pairs.length ? undefined : { kind: 'drawVerdict', slots, verdicts };
}

function slotsOf(key: unknown): number | undefined {
  const numgen = isRecord(key) ? key['numgen'] : undefined;
  return isRecord(numgen) && typeof numgen['mod'] === 'number' ? numgen['mod'] : undefined;
}

function mangleOf({ value }: Json): NftClause | undefined {
  if (!isRecord(value)) return undefined;
  const set = listIn(value['|'])[1];
  const toggle = listIn(value['^'])[1];
  if (typeof set === 'number') return { kind: 'setMark', bits: set };
  return typeof toggle === 'number' ? { kind: 'toggleMark', bits: toggle } : undefined;
}

function dnatOf({ addr, port }: Json): NftClause | undefined {
  if (typeof addr === 'string')
    return { kind: 'dnat', slots: 1, to: [{ address: canonical(addr), port: numberIn(port) }] };
  const map = isRecord(addr) ? addr['map'] : undefined;
  if (!isRecord(map)) return undefined;
  const slots = slotsOf(map['key']);
  const pairs = isRecord(map['data']) ? listIn(map['data']['set']) : [];
  const to = pairs.flatMap((pair) => destinationOf(listIn(pair)[1]) ?? []);
  return slots === undefined || to.length !== pairs.length ? undefined : { kind: 'dnat', slots, to };
}

function destinationOf(value: unknown): NftDestination | undefined {
  const [address, port] = isRecord(value) ? listIn(value['concat']) : [];
  return typeof address === 'string' ? { address: canonical(address), port: numberIn(port) } : undefined;
}

function rememberOf({ op, set }: Json): NftClause | undefined {
  return op === 'update' && typeof set === 'string' ? { kind: 'remember', set: set.slice(1) } : undefined;
}

function counterOf({ packets, bytes }: Json): NftClause {
  return { kind: 'counter', counter: { packets: numberIn(packets), bytes: numberIn(bytes) } };
}
