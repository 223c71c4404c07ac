// The bridge's table on a node: what it is called, how long it works unless it is loaded anew, and how it is removed. There
// is one in each IP family, each loaded by itself: a node whose kernel lacks one family keeps the bridge of the other.
import type { Family } from '../dataplane/addresses.ts';

/** Ours alone: kube-proxy removes only what bears its own names (`kube-proxy`, `KUBE-…`). */
export const BRIDGE_TABLE = 'proxymode-bridge';

export const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** The family's name as nft writes it, before tables, addresses and translations alike. */
export function nftFamily(family: Family): 'ip' | 'ip6' {
  return family === 'IPv4' ? 'ip' : 'ip6';
}

/** Transport protocols of Services. */
export const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
export type BridgeProtocol = (typeof PROTOCOLS)[number];

/** The set whose elements expire. While it is empty, every chain of the bridge returns at its first rule. */
export const ALIVE = 'alive';

/** `{ tcp timeout 120s, … }`. One small set expires instead of every element: the bridge ends all at once, never in parts. */
export function aliveElements(seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 1) throw new RangeError(`not a whole number of seconds: ${seconds}`);
  return `{ ${PROTOCOLS.map((protocol) => `${protocol} timeout ${seconds}s`).join(', ')} }`;
}

/** Leaves nothing, and does not mind when there is nothing: `destroy` is unknown to nft before 1.0.8. */
export function removal(family: Family): string {
  const table = `${nftFamily(family)} ${BRIDGE_TABLE}`;
  return `add table ${table}\ndelete table ${table}\n`;
}

/** In which families a node has a bridge, from `nft list tables`. */
export function bridgesIn(tables: string): Family[] {
  const lines = new Set(tables.split('\n').map((line) => line.trim()));
  return FAMILIES.filter((family) => lines.has(`table ${nftFamily(family)} ${BRIDGE_TABLE}`));
}
