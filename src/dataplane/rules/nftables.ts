// kube-proxy's nft tables as data, the same from `nft -j list ruleset` and from `nft list ruleset`.
import type { Family } from '../addresses.ts';
import type { NotUnderstood } from './not-understood.ts';
import type { Counter } from './counter.ts';

export type NftVerdict =
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' };

export type NftDestination = { readonly address: string; readonly port: number };

/** What a packet is looked up by. */
export type NftField = 'source' | 'destination' | 'protocol' | 'port';

export type NftClause =
  /** One of `values` (addresses and prefixes). */
  | {
      readonly kind: 'address';
      readonly side: 'source' | 'destination';
      readonly negated: boolean;
      readonly values: readonly string[];
    }
  /** The fields together are an element of the set. */
  | { readonly kind: 'inSet'; readonly fields: readonly NftField[]; readonly negated: boolean; readonly set: string }
  | { readonly kind: 'isLocal'; readonly side: 'source' | 'destination'; readonly negated: boolean }
  | { readonly kind: 'protocol'; readonly protocol: string }
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'interface'; readonly negated: boolean; readonly names: readonly string[] }
  | { readonly kind: 'state'; readonly states: readonly string[] }
  /** The connection's destination was translated. */
  | { readonly kind: 'translated' }
  | { readonly kind: 'marked'; readonly negated: boolean; readonly bits: number }
  | { readonly kind: 'setMark' | 'toggleMark'; readonly bits: number }
  /** Verdict map by name. */
  | { readonly kind: 'lookup'; readonly fields: readonly NftField[]; readonly map: string }
  /** One of the verdicts, each as likely as the others; `slots` is the modulus, which may differ from their number. */
  | { readonly kind: 'drawVerdict'; readonly slots: number; readonly verdicts: readonly NftVerdict[] }
  | { readonly kind: 'dnat'; readonly slots: number; readonly to: readonly NftDestination[] }
  | { readonly kind: 'masquerade' }
  /** ClientIP affinity: the source is put into the set. */
  | { readonly kind: 'remember'; readonly set: string }
  | { readonly kind: 'counter'; readonly counter: Counter }
  | { readonly kind: 'verdict'; readonly verdict: NftVerdict }
  | { readonly kind: 'other'; readonly text: string };

export type NftRule = { readonly clauses: readonly NftClause[]; readonly comment: string | undefined };

export type NftHook = {
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: string;
};

export type NftChain = {
  readonly name: string;
  readonly hook: NftHook | undefined;
  readonly rules: readonly NftRule[];
};

/** Elements are written with ` . ` between their parts: `10.96.0.1 . tcp . 443`. */
export type NftSet = {
  readonly name: string;
  readonly elements: ReadonlySet<string>;
  readonly timeoutSeconds: number | undefined;
};

export type NftMap = { readonly name: string; readonly elements: ReadonlyMap<string, NftVerdict> };

export type NftTable = {
  readonly family: Family;
  readonly name: string;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly maps: ReadonlyMap<string, NftMap>;
  readonly chains: ReadonlyMap<string, NftChain>;
};

export type NftRuleset = {
  /** kube-proxy's own, one a family. */
  readonly kubeProxy: readonly NftTable[];
  /** Everybody else's by name: `ip filter`. Their rules are not read. */
  readonly others: readonly string[];
  readonly notUnderstood: NotUnderstood;
};
