// The mode that is left, where a rule depends on it.
import { knownOr } from '../known.ts';
import type { Known } from '../known.ts';

/** Unseen where neither kube-proxy nor its configuration could be read. */
export function leaving(from: string | undefined): Known<string> {
  return knownOr(from, 'which mode kube-proxy runs now cannot be seen');
}
