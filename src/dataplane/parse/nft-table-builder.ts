// What both readers of nft build while they go: a table whose sets, maps and chains may still grow.
import type { Family } from '../addresses.ts';
import type { NftChain, NftMap, NftRule, NftSet, NftTable, NftVerdict } from '../rules/nftables.ts';

/** The table's name in both families (kubeProxyTable, pkg/proxy/nftables/proxier.go). */
export const KUBE_PROXY_TABLE = 'kube-proxy';

type GrowingSet = NftSet & { readonly elements: Set<string> };
type GrowingMap = NftMap & { readonly elements: Map<string, NftVerdict> };
type GrowingChain = Omit<NftChain, 'hook' | 'rules'> & { hook: NftChain['hook']; readonly rules: NftRule[] };

export type GrowingTable = Omit<NftTable, 'sets' | 'maps' | 'chains'> & {
  readonly sets: Map<string, GrowingSet>;
  readonly maps: Map<string, GrowingMap>;
  readonly chains: Map<string, GrowingChain>;
};

export function newTable(family: Family, name: string): GrowingTable {
  return { family, name, sets: new Map(), maps: new Map(), chains: new Map() };
}

export function newSet(table: GrowingTable, name: string, timeoutSeconds: number | undefined): GrowingSet {
  const set: GrowingSet = { name, elements: new Set(), timeoutSeconds };
  table.sets.set(name, set);
  return set;
}

export function newMap(table: GrowingTable, name: string): GrowingMap {
  const map: GrowingMap = { name, elements: new Map() };
  table.maps.set(name, map);
  return map;
}

/** The chain of that name; made when it is new. */
export function chainNamed(table: GrowingTable, name: string): GrowingChain {
  const chain: GrowingChain = table.chains.get(name) ?? { name, hook: undefined, rules: [] };
  table.chains.set(name, chain);
  return chain;
}

/** undefined for a family kube-proxy has no table in. */
export function familyNamed(name: unknown): Family | undefined {
  return name === 'ip' ? 'IPv4' : name === 'ip6' ? 'IPv6' : undefined;
}
