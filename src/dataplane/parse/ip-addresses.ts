// `ip -j addr` or `ip addr`: which addresses stand on which device.
import { canonical } from '../addresses.ts';
import type { NodeAddress } from '../rules/node-addresses.ts';
import { parseJson, recordsIn, textIn } from './json.ts';
import { linesOf } from './lines.ts';

/** Never throws; undefined when it is neither. */
export function parseIpAddresses(text: string): readonly NodeAddress[] | undefined {
  if (text.trimStart().startsWith('[')) return fromJson(text);
  const found = fromText(text);
  return found.length === 0 ? undefined : found;
}

function fromJson(text: string): readonly NodeAddress[] | undefined {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    // Cut off or not JSON at all: the caller says that the file could not be read.
    return undefined;
  }
  return recordsIn(parsed).flatMap((link) =>
    recordsIn(link['addr_info']).flatMap((info) => {
      const { local } = info;
      return typeof local === 'string' ? [{ device: textIn(link['ifname']), address: canonical(local) }] : [];
    }),
  );
}

function fromText(text: string): NodeAddress[] {
  const found: NodeAddress[] = [];
  let device = '';
  for (const line of linesOf(text)) {
    device = /^[0-9]+: ([^:@\s]+)/.exec(line)?.[1] ?? device;
    const address = /^\s+inet6? ([0-9a-fA-F.:]+)/.exec(line)?.[1];
    if (address !== undefined) found.push({ device, address: canonical(address) });
  }
  return found;
}
