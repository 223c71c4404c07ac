// Addresses and prefixes of both families, compared as iptables, nft and ipvs write them.
import { isIP } from 'node:net';

export type Family = 'IPv4' | 'IPv6';

export type Prefix = { readonly family: Family; readonly base: bigint; readonly length: number };

/** undefined when it is no address. */
export function familyOf(address: string): Family | undefined {
  const family = isIP(address);
  return family === 0 ? undefined : family === 4 ? 'IPv4' : 'IPv6';
}

/** The form the kernel's tools print: lower case, longest run of zeros as `::`. What is no IPv6 address stays as it is. */
export function canonical(address: string): string {
  if (isIP(address) !== 6) return address;
  const plain = address.split('%')[0] ?? '';
  return new URL(`http://[${plain}]`).hostname.slice(1, -1);
}

/** Address and port as kube-proxy writes an endpoint: `10.0.0.1:80`, `[fd00::1]:80`. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The other way round; undefined when it is none. */
export function splitHostPort(text: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  return address === undefined || isIP(address) === 0 ? undefined : { address, port: Number(match?.[3]) };
}

/** An address alone is the prefix that holds only it. undefined when it is no prefix. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = familyOf(address);
  if (family === undefined || address.includes('%')) return undefined;
  const whole = bitsOf(family);
  const written = slash < 0 ? String(whole) : text.slice(slash + 1);
  const length = /^[0-9]{1,3}$/.test(written) ? Number(written) : Number.NaN;
  return length <= whole ? { family, base: numberOf(address, family), length } : undefined;
}

export function holds(prefix: Prefix, address: string): boolean {
  return prefixTest(prefix)(address);
}

/** The same for many addresses. */
export function prefixTest(prefix: Prefix): (address: string) => boolean {
  const free = bitsOf(prefix.family) - prefix.length;
  if (prefix.family === 'IPv4') {
    // A shift by 32 would shift nothing.
    const base = free === 32 ? 0 : Number(prefix.base) >>> free;
    return (address) => isIP(address) === 4 && (free === 32 || number4(address) >>> free === base);
  }
  const base = prefix.base >> BigInt(free);
  return (address) => isIP(address) === 6 && !address.includes('%') && number6(address) >> BigInt(free) === base;
}

/** The address `offset` places after the first of the prefix; undefined when that lies outside. */
export function addressAt(prefix: Prefix, offset: bigint): string | undefined {
  const free = BigInt(bitsOf(prefix.family) - prefix.length);
  if (offset >= 1n << free) return undefined;
  const value = ((prefix.base >> free) << free) + offset;
  return prefix.family === 'IPv4' ? textOf4(value) : textOf6(value);
}

function bitsOf(family: Family): number {
  return family === 'IPv4' ? 32 : 128;
}

function numberOf(address: string, family: Family): bigint {
  return family === 'IPv4' ? BigInt(number4(address)) : number6(address);
}

function number4(address: string): number {
  let value = 0;
  let part = 0;
  for (let at = 0; at < address.length; at += 1) {
    const digit = address.charCodeAt(at) - ZERO;
    if (digit >= 0) part = part * 10 + digit;
    else {
      value = value * 256 + part;
      part = 0;
    }
  }
  return value * 256 + part;
}

const ZERO = 48;

function number6(address: string): bigint {
  const [left = '', right] = canonical(address).split('::');
  const head = groups(left);
  const tail = groups(right ?? '');
  const filled =
    right === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return filled.reduce((value, group) => (value << 16n) + BigInt(Number.parseInt(group, 16)), 0n);
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function textOf4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
}

function textOf6(value: bigint): string {
  const parts = Array.from({ length: 8 }, (_, index) => ((value >> BigInt((7 - index) * 16)) & 0xffffn).toString(16));
  return canonical(parts.join(':'));
}
