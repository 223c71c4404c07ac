// Ends the operator with SIGKILL while a bridge stands, and starts it again under the same identity.
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE_MIGRATIONS } from '../../src/api/kinds.ts';
import type { LabStage } from './lab-stage.ts';

const IDENTITY = 'operator';
const LOOK_EVERY = 300;
/** So long (ms) it is left alone afterwards: one that never gets anywhere proves nothing. */
const REST = 9000;

export type Killer = {
  /** Resolves with the number of kills; an operator that runs goes on. */
  readonly stop: () => Promise<number>;
};

/** Starts the operator. `within`: each kill comes after at most so many milliseconds; undefined: none. */
export function startKiller(stage: LabStage, within: number | undefined): Killer {
  let operator = stage.startAs(IDENTITY);
  const over = new AbortController();
  const work = async (): Promise<number> => {
    for (let kills = 0; ;) {
      await sleep(LOOK_EVERY, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted || within === undefined) return kills;
      if (!(await isBridged(stage))) continue;
      await sleep(Math.random() * within);
      await operator.kill();
      kills += 1;
      operator = stage.startAs(IDENTITY);
      await sleep(REST, undefined, { signal: over.signal }).catch(() => undefined);
    }
  };
  const killing = work();
  return {
    stop: () => {
      over.abort();
      return killing;
    },
  };
}

async function isBridged({ client }: LabStage): Promise<boolean> {
  const { items } = await client.list(NODE_MIGRATIONS);
  return items.some(({ status }) => status?.bridge !== undefined && status.bridge.downAt === undefined);
}
