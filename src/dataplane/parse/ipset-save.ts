// `ipset save`: one `create` a set, one `add` an element.
import type { IpSet, IpSets } from '../rules/ipvs.ts';
import { Unread } from '../rules/not-understood.ts';
import { linesOf } from './lines.ts';

type Growing = IpSet & { readonly elements: Set<string> };

/** Never throws. Elements as written: `10.96.0.1,tcp:443`. */
export function parseIpsetSave(text: string): IpSets {
  const sets = new Map<string, Growing>();
  const unread = new Unread();
  for (const line of linesOf(text)) {
    const [verb, name, rest] = line.split(' ', 3);
    const set = name === undefined ? undefined : sets.get(name);
    if (verb === 'create' && name !== undefined && rest !== undefined)
      sets.set(name, { name, type: rest, elements: new Set() });
    else if (verb === 'add' && set !== undefined && rest !== undefined) set.elements.add(rest);
    else if (line.trim() !== '') unread.add(line);
  }
  return { sets, notUnderstood: unread.total };
}
