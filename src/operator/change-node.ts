// One task on a node: its kernel made ready, or put back. Repeating it changes nothing.
import { isSetback, setbackInWords } from '../node/attempt.ts';
import { prepareKernel } from '../node/kernel-prepare.ts';
import { undoKernel } from '../node/kernel-undo.ts';
import type { NodeShell } from '../node/shell.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import { TaskRefused } from './node-tasks.ts';
import { tidyUnit } from './tidy-unit.ts';

/** Resolves with sentences about what is not quite as asked; rejects with one about why it could not be done. */
export async function changeNode(task: NodeTask, shell: NodeShell, signal: AbortSignal): Promise<readonly string[]> {
  if (task.kind === 'tidy') return tidyUnit(task.systemd, shell, signal);
  const work = task.kind === 'prepare' ? prepareKernel : undoKernel;
  const result = await work(shell, task.preparation, signal);
  if (!isSetback(result)) return result.notes;
  if (result.kind === 'refused') throw new TaskRefused(result.message);
  throw new Error(setbackInWords(result));
}
