// The frame in which every node of a migration moves during one pass: what is asked for, what the ConfigMap says now,
// and which way the migration goes.
import type { ProxyMode } from '../api/fields.ts';
import type { Span } from './spans.ts';

export type Direction =
  /** Nodes are taken to the target mode. */
  | 'forward'
  /** A node did not make it, or the migration was deleted: the ConfigMap gets its old mode back. */
  | 'back'
  /** Somebody else changed the ConfigMap: nodes in transit are settled, no other is touched. */
  | 'halted';

export type Course = {
  readonly now: number;
  readonly attempt: number;
  readonly target: ProxyMode;
  /** The mode in the ConfigMap before the first change, as kube-proxy understands it. */
  readonly oldMode: string;
  /** What a kube-proxy that starts now will read. */
  readonly configMode: string;
  readonly direction: Direction;
  readonly successes: number;
  readonly soak: number;
  readonly timeout: number;
  /** When this operator saw the cluster: what it waits for in vain counts only then. */
  readonly watched: readonly Span[];
};
