// One task on a node: its kernel made ready, or put back; its bridge built, or taken down. Repeating it changes nothing.
import { prepareKernel } from '../node/kernel-prepare.ts';
import { undoKernel } from '../node/kernel-undo.ts';
import type { NodeShell } from '../node/shell.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import { removeBridge, type Bridges } from './bridges.ts';
import { unlessSetback } from './node-tasks.ts';
import { tidyUnit } from './tidy-unit.ts';

type Notes = { readonly notes: readonly string[] };
type Change = (task: ChangeTask, shell: NodeShell, signal: AbortSignal) => Promise<Notes>;

/** All that is not only read. */
export type ChangeTask = Exclude<NodeTask, { kind: 'audit' }>;

/** `notes`: sentences about what is not quite as asked. Rejects with one about why it could not be done. */
export function changesNode(bridges: Bridges): Change {
  return async (task, shell, signal) => {
    switch (task.kind) {
      case 'bridge':
        return { notes: await bridges.raise(task, shell, signal) };
      case 'unbridge':
        return { notes: await removeBridge(shell, signal) };
      case 'tidy':
        return { notes: await tidyUnit(task.systemd, shell, signal) };
      case 'prepare':
      case 'undo':
        return changeKernel(task, shell, signal);
    }
  };
}

type KernelTask = Extract<NodeTask, { kind: 'prepare' | 'undo' }>;

async function changeKernel(task: KernelTask, shell: NodeShell, signal: AbortSignal): Promise<Notes> {
  const work = task.kind === 'prepare' ? prepareKernel : undoKernel;
  return unlessSetback(await work(shell, task.preparation, signal));
}
