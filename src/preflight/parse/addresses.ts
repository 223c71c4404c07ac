// A node's own addresses: `ip -j addr` over SSH, /proc in a helper pod, whose image has no `ip`.
import { ranges } from '../cidr.ts';
import type { HostAddress } from '../facts/probe.ts';
import { linesOf } from './lines.ts';

/** Output of `ip -j addr`; undefined when it is something else. Link-local and loopback addresses are there, too. */
export function parseIpAddr(text: string): readonly HostAddress[] | undefined {
  const devices = parseArray(text);
  return devices?.flatMap((entry) => {
    const { ifname, addr_info: addresses } = entry as { ifname?: unknown; addr_info?: readonly { local?: unknown }[] };
    const device = typeof ifname === 'string' ? ifname : undefined;
    return (addresses ?? []).flatMap(({ local }) => (typeof local === 'string' ? [{ address: local, device }] : []));
  });
}

/**
 * IPv4 addresses of the host: entries of /proc/net/fib_trie followed by `/32 host LOCAL`. Their devices come from /proc/net/route: an
 * address lies in the network its device is attached to; one of a device without a network of its own has none.
 */
export function parseFibTrie(text: string, routes: string): readonly HostAddress[] {
  const addresses = new Set<string>();
  let last: string | undefined;
  for (const line of linesOf(text)) {
    const address = /\|-- ([0-9.]+)/.exec(line)?.[1];
    if (address !== undefined) last = address;
    else if (last !== undefined && line.includes('/32 host LOCAL')) addresses.add(last);
  }
  const attached = attachedNetworks(routes);
  return [...addresses].map((address) => ({ address, device: attached.find(({ has }) => has(address))?.device }));
}

type Attached = { readonly device: string; readonly has: (address: string) => boolean };

/** Routes without a gateway, the narrowest first. Addresses and masks are little-endian hexadecimal. */
function attachedNetworks(routes: string): readonly Attached[] {
  const entries = linesOf(routes).flatMap((line) => {
    const [device = '', network = '', gateway = '', , , , , mask = ''] = line.split('\t');
    return gateway === '00000000' && mask !== '00000000'
      ? [{ device, network: dotted(network), prefix: ones(mask) }]
      : [];
  });
  return entries
    .toSorted((a, b) => b.prefix - a.prefix)
    .map(({ device, network, prefix }) => ({ device, has: ranges([`${network}/${prefix}`]).has }));
}

function dotted(hex: string): string {
  return [6, 4, 2, 0].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)).join('.');
}

function ones(mask: string): number {
  return Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
}

/** /proc/net/if_inet6: 32 hexadecimal digits, …, device. */
export function parseInet6(text: string): readonly HostAddress[] {
  return linesOf(text).flatMap((line) => {
    const match = /^([0-9a-f]{32})\s.*\s(\S+)\s*$/.exec(line);
    const groups = match?.[1]?.match(/.{4}/g)?.join(':');
    return groups === undefined
      ? []
      : [{ address: new URL(`http://[${groups}]`).hostname.slice(1, -1), device: match?.[2] }];
  });
}

/** Device names of /proc/net/dev. */
export function parseDevices(text: string): readonly string[] {
  return linesOf(text).flatMap((line) => /^\s*([^\s:|]+):/.exec(line)?.[1] ?? []);
}

function parseArray(text: string): readonly object[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed)
      ? parsed.filter((one): one is object => typeof one === 'object' && one !== null)
      : undefined;
  } catch {
    // Not JSON: the caller says so.
    return undefined;
  }
}
