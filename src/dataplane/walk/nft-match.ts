// Whether one clause of an nft rule holds for a branch.
import type { NftClause, NftField, NftTable } from '../rules/nftables.ts';
import type { Branch } from './packet.ts';
import type { Place } from './place.ts';

export type NftAround = { readonly table: NftTable; readonly place: Place };

/** Clauses that only ask; the others do something. */
export const TESTS: ReadonlySet<NftClause['kind']> = new Set<NftClause['kind']>([
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

export function holdsFor(clause: NftClause, branch: Branch, { table, place }: NftAround): boolean {
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

export function keyOf(fields: readonly NftField[], branch: Branch): string {
  let key = '';
  for (const field of fields) key = key === '' ? String(branch[field]) : `${key} . ${branch[field]}`;
  return key;
}
