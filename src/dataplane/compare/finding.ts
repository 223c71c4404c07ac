// What an audit says: plain data, the same for the table, for JSON and for a node's record.
import type { Family } from '../addresses.ts';

/**
 * `missing`   demanded, and not there
 * `wrong`     there, and not as demanded
 * `surplus`   kube-proxy's own in this mode, and nobody demands it
 * `leftover`  kube-proxy's own in another mode, or in the other flavour of iptables
 * `foreign`   somebody else's, and in the way
 * `unread`    could not be read, so nothing is said about it
 */
export type FindingKind = 'missing' | 'wrong' | 'surplus' | 'leftover' | 'foreign' | 'unread';

/** `error`: connections fail or go astray, now or as soon as something changes. `warning`: not yet. `note`: harmless. */
export type Severity = 'error' | 'warning' | 'note';

export type Finding = {
  readonly kind: FindingKind;
  /** Stable, for scripts: `endpoint-missing`. */
  readonly id: string;
  readonly severity: Severity;
  /** `shop/web:http`; undefined for what concerns all, or nobody. */
  readonly service: string | undefined;
  readonly family: Family | undefined;
  /** The chain, set, map or virtual server. */
  readonly where: string;
  /** One or two sentences. */
  readonly what: string;
  readonly fix: string;
};

export const RESYNC =
  'Restart kube-proxy on this node: it writes all its rules anew. Should this come back, its log says why it cannot.';

/** In the order of reading: what hurts first. */
export function bySeverity(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** `a, b and 3 more`. */
export function listed(items: readonly string[], shown = 3): string {
  const rest = items.length - shown;
  return rest > 0 ? `${items.slice(0, shown).join(', ')} and ${rest} more` : items.join(', ');
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
