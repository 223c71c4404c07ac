// A trial of the new mode on one node, which the plan wants the result of: kube-proxy with the configuration it is to have, in a
// network of its own. It changes nothing of the node, and may be made again.
import type { ProxyMode } from '../api/fields.ts';

export type TrialTask = {
  /** The same trial has the same id, in whatever pass it is planned. */
  readonly id: string;
  readonly node: string;
  /** Results from before (ms since the epoch) are too old. */
  readonly since: number;
  readonly mode: ProxyMode;
  /** That of the kube-proxy to come: the node's own may be from before. */
  readonly image: string;
  /** KubeProxyConfiguration as it is going to be. */
  readonly config: string;
  /** IP families that must be programmed; any one will do when empty. */
  readonly families: readonly string[];
  /** Milliseconds it may take: what the node itself would get. */
  readonly timeout: number;
};

export type Tried =
  | {
      readonly kind: 'passed';
      /** Milliseconds from the start of the process. */
      readonly firstSync: number;
    }
  /** `why`: kube-proxy's own words where it has any. */
  | { readonly kind: 'failed'; readonly why: string };

export type TrialResult = { readonly at: number } & (
  | { readonly kind: 'done'; readonly tried: Tried }
  /** It could not be made. */
  | { readonly kind: 'failed'; readonly problem: string; readonly refused: boolean }
);
