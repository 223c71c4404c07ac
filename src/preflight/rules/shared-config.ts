// Which configuration a rule judges, and what counts as set in it.
import type { ProxyConfigFacts } from '../facts/cluster.ts';
import type { Known } from '../known.ts';
import type { ClusterContext } from '../rule.ts';

/** Forward: the file with the migration's changes in it, so that what spec.config sets is set. On the way back the original bytes return. */
export function configFor({ cluster, target, direction }: ClusterContext): Known<ProxyConfigFacts> {
  return direction === 'forward' ? cluster.kubeProxy.planned(target) : cluster.kubeProxy.config;
}

/** Written as something else than a zero value: kubeadm writes every field out, unset or not. */
export function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0) return false;
  if (typeof value === 'string') return !['', '0', '0s'].includes(value);
  return typeof value === 'object' ? Object.values(value).some(isSet) : true;
}

/** A field that is a list of strings; empty where it is unset. */
export function listAt(config: ProxyConfigFacts, path: readonly string[]): readonly string[] {
  const value = config.at(path);
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

export function flagAt(config: ProxyConfigFacts, path: readonly string[]): boolean {
  return config.at(path) === true;
}
