// Whether a packet is in an ipset. The set's type says what an element is made of (ipset(8)): hash:ip,port,net and so on.
import type { IpSet, IpSets } from '../rules/ipvs.ts';
import type { Branch } from './packet.ts';
import type { Place } from './place.ts';

export type IpSetTest = (set: string, fields: readonly string[], branch: Branch) => boolean;

/** False for a set that is not there: the kernel would not even load such a rule. */
export function ipSetTest(ipSets: IpSets | undefined, place: Place): IpSetTest {
  const shapes = new Map([...(ipSets?.sets ?? [])].map(([name, set]) => [name, shapeOf(set)]));
  return (name, fields, branch) => {
    const shape = shapes.get(name);
    if (shape === undefined) return false;
    const { elements, parts, networks } = shape;
    let key = '';
    for (let at = 0; at < parts.length; at += 1) {
      const value = valueOf(parts[at], fields[at] ?? 'dst', branch);
      if (at === parts.length - 1 && networks !== undefined)
        return (networks.get(key) ?? []).some((range) => place.inPrefix(value, range));
      key = at === 0 ? value : `${key},${value}`;
    }
    return elements.has(key);
  };
}

type Part = 'address' | 'port' | 'bit';
type Shape = {
  readonly elements: ReadonlySet<string>;
  readonly parts: readonly Part[];
  /** Of sets whose last part is a network: the networks by what stands before them. */
  readonly networks: ReadonlyMap<string, readonly string[]> | undefined;
};

function shapeOf({ type, elements }: IpSet): Shape {
  const [method, written = ''] = type.split(':');
  const kinds = written.split(',');
  const parts = kinds.map((kind): Part => (kind !== 'port' ? 'address' : method === 'bitmap' ? 'bit' : 'port'));
  return { elements, parts, networks: kinds.at(-1) === 'net' ? byHead(elements) : undefined };
}

function valueOf(part: Part | undefined, field: string, branch: Branch): string {
  if (part === 'bit') return String(branch.port);
  if (part === 'port') return `${branch.protocol}:${branch.port}`;
  return field === 'src' ? branch.source : branch.destination;
}

function byHead(elements: ReadonlySet<string>): Map<string, string[]> {
  const heads = new Map<string, string[]>();
  for (const element of elements) {
    const comma = element.lastIndexOf(',');
    const head = element.slice(0, Math.max(0, comma));
    heads.set(head, [...(heads.get(head) ?? []), element.slice(comma + 1)]);
  }
  return heads;
}
