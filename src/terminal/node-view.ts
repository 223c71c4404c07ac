// A node as it is drawn: what the picture needs to know of it.
import type { NodeMigrationStatus } from '../api/node-migration.ts';

export type NodeView = {
  readonly name: string;
  /** '' where it is not known. */
  readonly zone: string;
  /** Of its NodeMigration; `undefined` while it has none. */
  readonly phase: NonNullable<NodeMigrationStatus['phase']> | undefined;
  /** What its kube-proxy answers, or was last read to answer; `undefined` while that is nothing. */
  readonly mode: string | undefined;
  /** New connections to Services fail on it: only a simulator knows. */
  readonly dark?: boolean;
};
