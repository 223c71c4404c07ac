// Whether a packet is in an ipset. The set's type says what an element is made of (ipset(8)): hash:ip,port,net and so on.
import type { IpSets } from '../rules/ipvs.ts';
import type { Branch } from './packet.ts';
import type { Place } from './place.ts';

export type IpSetTest = (set: string, fields: readonly string[], branch: Branch) => boolean;

/** False for a set that is not there: the kernel would not even load such a rule. */
export function ipSetTest(ipSets: IpSets | undefined, place: Place): IpSetTest {
  const networks = new Map<string, ReadonlyMap<string, readonly string[]>>();
  return (name, fields, branch) => {
    const set = ipSets?.sets.get(name);
    if (set === undefined) return false;
    const kinds = (set.type.split(':')[1] ?? '').split(',');
    const parts = kinds.map((kind, at) => part(kind, fields[at] ?? 'dst', { branch, bitmap: set.type.startsWith('bitmap:') }));
    if (kinds.at(-1) !== 'net') return set.elements.has(parts.join(','));
    const known = networks.get(name) ?? byHead(set.elements);
    networks.set(name, known);
    const ranges = known.get(parts.slice(0, -1).join(',')) ?? [];
    return ranges.some((range) => place.inPrefix(parts.at(-1) ?? '', range));
  };
}

type Around = { readonly branch: Branch; readonly bitmap: boolean };

function part(kind: string, field: string, { branch, bitmap }: Around): string {
  if (kind === 'port') return bitmap ? String(branch.port) : `${branch.protocol}:${branch.port}`;
  return field === 'src' ? branch.source : branch.destination;
}

/** Networks by what stands before them. */
function byHead(elements: ReadonlySet<string>): Map<string, string[]> {
  const heads = new Map<string, string[]>();
  for (const element of elements) {
    const comma = element.lastIndexOf(',');
    const head = element.slice(0, Math.max(0, comma));
    heads.set(head, [...(heads.get(head) ?? []), element.slice(comma + 1)]);
  }
  return heads;
}
