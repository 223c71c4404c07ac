// iptables-save as data: what its rules match and what they do, as far as kube-proxy's rules need it.
import type { Family } from '../addresses.ts';
import type { Counter } from './counter.ts';
import type { NotUnderstood } from './not-understood.ts';

export type IptablesMatch =
  /** `prefix` as written: `10.96.0.1/32`. */
  | { readonly kind: 'source' | 'destination'; readonly negated: boolean; readonly prefix: string }
  | { readonly kind: 'protocol'; readonly negated: boolean; readonly protocol: string }
  | { readonly kind: 'destinationPort'; readonly negated: boolean; readonly port: number }
  | { readonly kind: 'sourceIsLocal' | 'destinationIsLocal'; readonly negated: boolean }
  | { readonly kind: 'interface'; readonly side: 'in' | 'out'; readonly negated: boolean; readonly name: string }
  | { readonly kind: 'state'; readonly negated: boolean; readonly states: readonly string[] }
  | { readonly kind: 'mark'; readonly negated: boolean; readonly value: number; readonly mask: number }
  | { readonly kind: 'probability'; readonly probability: number }
  /** ClientIP affinity: `checked` before an endpoint is drawn, `remembered` on the way to it. `seconds` of the check. */
  | { readonly kind: 'recent'; readonly does: 'check' | 'remember'; readonly list: string; readonly seconds: number }
  /** ipset: `fields` are `src` and `dst`, one a dimension. */
  | { readonly kind: 'set'; readonly negated: boolean; readonly set: string; readonly fields: readonly string[] }
  /** Connections of a virtual server. */
  | { readonly kind: 'ipvs'; readonly address: string; readonly port: number }
  /** Came in over a bridge port. */
  | { readonly kind: 'physicalIn'; readonly negated: boolean }
  /** Only counts (nfacct); matches always. */
  | { readonly kind: 'accounting'; readonly name: string }
  /** Not understood: a walk cannot say whether it matches. */
  | { readonly kind: 'other'; readonly text: string };

export type IptablesTarget =
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'accept' | 'drop' | 'return' | 'reject' | 'masquerade' }
  /** mark = (mark & ~mask) ^ value, as --set-xmark does it. */
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'dnat'; readonly address: string; readonly port: number }
  | { readonly kind: 'other'; readonly text: string };

export type IptablesRule = {
  readonly matches: readonly IptablesMatch[];
  readonly comment: string | undefined;
  /** undefined: the rule only counts. */
  readonly target: IptablesTarget | undefined;
  readonly counter: Counter | undefined;
  /** As written, from behind `-A CHAIN `. */
  readonly text: string;
};

export type IptablesChain = {
  readonly name: string;
  /** undefined for a user's chain. */
  readonly policy: string | undefined;
  readonly rules: readonly IptablesRule[];
};

/** Chains by name. */
export type IptablesTable = ReadonlyMap<string, IptablesChain>;

export type IptablesRuleset = {
  readonly family: Family;
  /** As iptables-save says in its first line; two can stand side by side on a node. */
  readonly backend: 'legacy' | 'nf_tables' | undefined;
  readonly tables: ReadonlyMap<string, IptablesTable>;
  readonly notUnderstood: NotUnderstood;
};
