// Which addresses lie in which CIDRs, for both families.
import { BlockList, isIP } from 'node:net';

export type Family = 'IPv4' | 'IPv6';

/** undefined when it is no address. */
export function familyOf(address: string): Family | undefined {
  const family = isIP(address);
  return family === 0 ? undefined : family === 4 ? 'IPv4' : 'IPv6';
}

export type Ranges = {
  /** False for what is no address. */
  readonly has: (address: string) => boolean;
  /** The CIDR shares an address with one of the ranges. False for what is no CIDR. */
  readonly overlaps: (cidr: string) => boolean;
};

/** What is no CIDR in `cidrs` is left out. */
export function ranges(cidrs: readonly string[]): Ranges {
  const all = listOf(cidrs);
  const has = (address: string): boolean => {
    const family = familyOf(address);
    return family !== undefined && all.check(address, family === 'IPv4' ? 'ipv4' : 'ipv6');
  };
  // Two CIDRs overlap when one holds the first address of the other.
  const overlaps = (cidr: string): boolean => {
    const base = split(cidr)?.base;
    if (base === undefined) return false;
    if (has(base)) return true;
    const other = ranges([cidr]);
    return cidrs.some((one) => other.has(split(one)?.base ?? ''));
  };
  return { has, overlaps };
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const parts = split(cidr);
    if (parts !== undefined) list.addSubnet(parts.base, parts.prefix, parts.family === 'IPv4' ? 'ipv4' : 'ipv6');
  }
  return list;
}

type Parts = { readonly base: string; readonly prefix: number; readonly family: Family };

function split(cidr: string): Parts | undefined {
  const [base = '', length = ''] = cidr.split('/');
  const family = familyOf(base);
  const prefix = /^[0-9]{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return family !== undefined && prefix <= (family === 'IPv4' ? 32 : 128) ? { base, prefix, family } : undefined;
}
