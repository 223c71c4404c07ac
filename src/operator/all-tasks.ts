// Work on nodes by its kind: audits only read, through pods that may do no more, and two at a time, because they take memory; all other
// work changes something. Each has its own shells.
import type { Clock, Log } from 'kopf-ts';
import type { NodeShell } from '../node/shell.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import type { Auditor, AuditTask } from './audit/auditor.ts';
import { changesNode, type ChangeTask } from './change-node.ts';
import type { Bridges } from './bridges.ts';
import { writeAccess } from './node-access.ts';
import { NodeTasks } from './node-tasks.ts';

/** One is compared at a time, which takes 130 MB of heap where it is as large as it may be (audit/read-node.ts); the other is being read. */
const AUDITS = 2;

export type AllTasks = Pick<NodeTasks, 'want' | 'result' | 'stop'>;

export type AllTasksOptions = {
  readonly bridges: Bridges;
  readonly audit: Auditor;
  /** Ways to a node: one that may change it, and one that may only read its rules. */
  readonly open: (task: NodeTask) => Promise<NodeShell>;
  readonly openToRead: (node: string) => Promise<NodeShell>;
  readonly clock: Clock;
  readonly log: Log;
  readonly changed: () => void;
};

export function createTasks({ bridges, audit, open, openToRead, ...common }: AllTasksOptions): AllTasks {
  const changes = new NodeTasks<ChangeTask>({
    ...common,
    open,
    door: (task) => JSON.stringify(writeAccess(task)),
    perform: changesNode(bridges),
  });
  const audits = new NodeTasks<AuditTask>({
    ...common,
    open: ({ node }) => openToRead(node),
    door: () => 'read',
    perform: audit,
    atOnce: AUDITS,
  });
  return {
    want: (tasks) => {
      changes.want(tasks.filter((task) => task.kind !== 'audit'));
      audits.want(tasks.filter((task) => task.kind === 'audit'));
    },
    result: (task) => changes.result(task) ?? audits.result(task),
    stop: () => {
      changes.stop();
      audits.stop();
    },
  };
}
