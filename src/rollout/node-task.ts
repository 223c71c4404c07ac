// Work on a node that the plan wants the result of. Every kind may be done again without harm.
import type { ProxyMode } from '../api/fields.ts';
import type { AuditEvidence, UnitFile } from '../api/node-migration.ts';
import type { Preparation } from '../api/preflight-status.ts';

export type NodeTask = {
  /** The same task has the same id, in whatever pass it is planned. */
  readonly id: string;
  readonly node: string;
  /** Results from before (ms since the epoch) are too old. */
  readonly since: number;
} & (
  | {
      /** Makes a node ready, or puts back what that has changed. */
      readonly kind: 'prepare' | 'undo';
      readonly preparation: Preparation;
    }
  /** Builds the node's bridge, or brings it up to date; from the configuration its kube-proxy has had before the migration. */
  | { readonly kind: 'bridge'; readonly config: string; readonly mode: ProxyMode }
  | { readonly kind: 'unbridge' }
  /** Reads the node's rules and compares them with what Services demand of this mode; `port` is where its kube-proxy says how it is configured. */
  | { readonly kind: 'audit'; readonly mode: ProxyMode; readonly port: number }
  /** Takes the copy away that lies beside the file of a systemd kube-proxy while it is migrated. */
  | { readonly kind: 'tidy'; readonly systemd: UnitFile }
);

/** What was found. `first`: the gravest; `isBroken`: a rule is missing or wrong, so that connections fail. */
export type AuditResult = {
  readonly services: number;
  readonly findings: number;
  readonly errors: number;
  readonly first: NonNullable<AuditEvidence['first']>;
  readonly isBroken: boolean;
};

/** `notes`: sentences about what is not quite as asked. */
export type Finished = { readonly notes: readonly string[]; readonly audit?: AuditResult };

export type TaskResult = { readonly at: number } & (
  | ({ readonly kind: 'done' } & Finished)
  /** `refused`: trying again will not help. `since`: when the first of all the tries began that have failed one after the other. */
  | { readonly kind: 'failed'; readonly problem: string; readonly refused: boolean; readonly since: number }
);
