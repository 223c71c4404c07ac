// What one pass decides. The same reason and message feed the condition, the log line and what a person reads.
import type { MigrationStatus } from '../api/migration.ts';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import type { Reason } from '../api/reasons.ts';
import type { Move } from './move.ts';
import type { NodeTask } from './node-task.ts';
import type { PodFacts } from './observed.ts';
import type { SurveyWish } from './survey.ts';
import type { TrialTask } from './trial-task.ts';

/** Where the migration stands. `kind` decides the conditions, see status.ts. */
export type Stand = {
  readonly kind: 'done' | 'progressing' | 'suspended' | 'stalled';
  readonly phase: NonNullable<MigrationStatus['phase']>;
  readonly reason: Reason;
  readonly message: string;
};

export type RecordWrite = {
  readonly node: string;
  readonly nodeUID: string;
  /** Of the NodeMigration that was observed; `undefined` when none exists for this node yet. */
  readonly resourceVersion: string | undefined;
  readonly status: NodeMigrationStatus;
  readonly before: NodeMigrationStatus;
};

export type ConfigMapEdit = {
  readonly text: string;
  readonly resourceVersion: string;
  readonly why: 'switch' | 'restore';
};

/** In the order in which they are carried out: what is intended is stored before it is done. */
export type Plan = {
  readonly finalizer: 'hold' | 'release' | 'leave';
  readonly status: MigrationStatus;
  readonly records: readonly RecordWrite[];
  readonly edit: ConfigMapEdit | undefined;
  readonly deletePods: readonly PodFacts[];
  /** Processes to keep asking; all others may be forgotten. */
  readonly probes: readonly PodFacts[];
  readonly lastWords: readonly PodFacts[];
  /** The preflight's findings that are waited for; undefined: none. */
  readonly survey: SurveyWish | undefined;
  /** Work on nodes to be done; all other may be dropped. */
  readonly tasks: readonly NodeTask[];
  /** Trials to be made; all other may be dropped. */
  readonly trials: readonly TrialTask[];
  /** When to look again even if nothing happens. */
  readonly wake: number | undefined;
};

/** What a stage of the rollout contributes to the plan. */
export type Step = {
  readonly stand: Stand;
  readonly fixed: Partial<MigrationStatus>;
  readonly moves: ReadonlyMap<string, Move>;
  readonly edit?: ConfigMapEdit;
  readonly survey?: SurveyWish;
  readonly tasks?: readonly NodeTask[];
  readonly trials?: readonly TrialTask[];
  /** The finalizer has to be there before anything is changed. */
  readonly hold?: boolean;
  /** Milliseconds until the next look, if nothing happens before. */
  readonly again?: number;
};
