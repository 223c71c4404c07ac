import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { until } from '../kopf-ts/testing/until.ts';
import type { NodeShell } from '../node/shell.ts';
import type { Finished, NodeTask } from '../rollout/node-task.ts';
import { NodeTasks, TaskRefused } from './node-tasks.ts';

const PREPARATION = { modules: ['ip_vs'], sysctls: [], persist: true, startedAt: '2026-01-01T00:00:00Z' };

function task(node: string, change: { id?: string; kind?: 'prepare' | 'undo'; since?: number } = {}): NodeTask {
  return { id: `prepare/${node}`, kind: 'prepare', node, since: 0, preparation: PREPARATION, ...change };
}

type Bench = {
  readonly tasks: NodeTasks;
  readonly clock: FakeClock;
  /** What was done, and which shells were opened and closed, in order. */
  readonly story: string[];
  readonly changes: () => number;
};

const all: NodeTasks[] = [];
afterEach(() => {
  for (const tasks of all.splice(0)) tasks.stop();
});

type Special = {
  readonly open?: () => Promise<void>;
  readonly door?: (task: NodeTask) => string | undefined;
  readonly onlyLooks?: boolean;
};

function bench(
  perform: (task: NodeTask, signal: AbortSignal) => Promise<Finished> = async () => ({ notes: ['noted'] }),
  { open, door = () => 'any', onlyLooks = false }: Special = {},
): Bench {
  const clock = createFakeClock();
  const story: string[] = [];
  let changes = 0;
  const tasks = new NodeTasks({
    clock,
    log: createMemoryLog(),
    changed: () => void changes++,
    open: async ({ node }) => {
      await open?.();
      story.push(`open ${node}`);
      const close = async (): Promise<void> => void story.push(`close ${node}`);
      return { node, close } as NodeShell;
    },
    door,
    onlyLooks,
    perform: async (one, _shell, signal) => {
      story.push(`${one.kind} ${one.node}`);
      return perform(one, signal);
    },
  });
  all.push(tasks);
  return { tasks, clock, story, changes: () => changes };
}

describe('work on nodes', () => {
  it('is done once, however often it is wanted, and its result is kept', async () => {
    const { tasks, story, changes } = bench();
    tasks.want([task('n1')]);
    tasks.want([task('n1')]);
    await until(() => tasks.result(task('n1')) !== undefined);
    tasks.want([task('n1')]);
    expect(tasks.result(task('n1'))).toMatchObject({ kind: 'done', notes: ['noted'] });
    expect(story).toEqual(['open n1', 'prepare n1']);
    expect(changes()).toBe(1);
  });

  it('shares a shell with the next task on its node, and closes it when nothing comes', async () => {
    const { tasks, story, clock } = bench();
    tasks.want([task('n1')]);
    await until(() => story.length === 2);
    tasks.want([task('n1'), task('n1', { id: 'undo/n1', kind: 'undo' })]);
    await clock.advanceUntil(() => story.includes('close n1'));
    expect(story).toEqual(['open n1', 'prepare n1', 'undo n1', 'close n1']);
  });

  it('has no shell that was opened for something else', async () => {
    const { tasks, story, clock } = bench(undefined, { door: ({ kind }) => kind });
    tasks.want([task('n1'), task('n1', { id: 'undo/n1', kind: 'undo' })]);
    await clock.advanceUntil(() => story.includes('undo n1'));
    expect(story).toEqual(['open n1', 'prepare n1', 'close n1', 'open n1', 'undo n1']);
  });

  it('that shares with nobody has a shell of its own, which is not kept', async () => {
    const { tasks, story } = bench(undefined, { door: () => undefined });
    tasks.want([task('n1'), task('n1', { id: 'again/n1' })]);
    await until(() => story.length === 6);
    expect(story).toEqual(['open n1', 'prepare n1', 'close n1', 'open n1', 'prepare n1', 'close n1']);
  });

  it('is tried three times, and then its problem is the result', async () => {
    const { tasks, story, clock } = bench(async () => {
      throw new Error('modprobe: not found');
    });
    tasks.want([task('n1')]);
    await clock.advanceUntil(() => tasks.result(task('n1')) !== undefined);
    expect(tasks.result(task('n1'))).toMatchObject({ kind: 'failed', problem: 'modprobe: not found', refused: false });
    expect(story.filter((line) => line.startsWith('prepare'))).toHaveLength(3);
  });

  it('that fails again tells since when, from the beginning of the first try', async () => {
    let delay = 5000;
    const { tasks, clock } = bench(async () => {
      await clock.sleep(delay);
      if (delay > 0) throw new TaskRefused('no room');
      return { notes: [] };
    });
    const began = clock.now();
    for (let round = 0; round < 2; round++) {
      const since = clock.now() + 1;
      tasks.want([task('n1', { since })]);
      await clock.advanceUntil(() => (tasks.result(task('n1'))?.at ?? 0) >= since);
      expect(tasks.result(task('n1'))).toMatchObject({ since: began });
    }
    delay = 0;
    tasks.want([task('n1', { since: clock.now() + 1 })]);
    await clock.advanceUntil(() => tasks.result(task('n1'))?.kind === 'done');
    expect(tasks.result(task('n1'))).not.toHaveProperty('since');
  });

  it('that is refused is not tried again', async () => {
    const { tasks, story } = bench(async () => {
      throw new TaskRefused('host key changed');
    });
    tasks.want([task('n1')]);
    await until(() => tasks.result(task('n1')) !== undefined);
    expect(tasks.result(task('n1'))).toMatchObject({ kind: 'failed', refused: true });
    expect(story).toEqual(['open n1', 'prepare n1']);
  });

  it('whose node cannot be reached says so', async () => {
    const { tasks, clock } = bench(undefined, {
      open: async () => {
        throw new Error('no route to n1');
      },
    });
    tasks.want([task('n1')]);
    await clock.advanceUntil(() => tasks.result(task('n1')) !== undefined);
    expect(tasks.result(task('n1'))).toMatchObject({ kind: 'failed', problem: 'no route to n1' });
  });

  it('is done again when the result is too old', async () => {
    const { tasks, story, clock } = bench();
    tasks.want([task('n1')]);
    await until(() => story.length === 2);
    await clock.advance(60_000);
    tasks.want([task('n1', { since: clock.now() - 1000 })]);
    await until(() => story.filter((line) => line === 'prepare n1').length === 2);
    expect(story.at(-1)).toBe('prepare n1');
  });

  it('that nobody wants any more is dropped, and its result forgotten', async () => {
    const gate = Promise.withResolvers<Finished>();
    const { tasks, story } = bench(() => gate.promise);
    tasks.want([task('n1'), task('n1', { id: 'later' })]);
    await until(() => story.length === 2);
    tasks.want([task('n1')]);
    gate.resolve({ notes: [] });
    await until(() => tasks.result(task('n1')) !== undefined);
    tasks.want([]);
    expect(tasks.result(task('n1'))).toBeUndefined();
    expect(story.filter((line) => line === 'prepare n1')).toHaveLength(1);
  });

  it('happens on sixteen nodes at once, not more', async () => {
    const gate = Promise.withResolvers<Finished>();
    const { tasks, story } = bench(() => gate.promise);
    const wanted = Array.from({ length: 20 }, (_, index) => task(`n${index}`));
    tasks.want(wanted);
    await until(() => story.filter((line) => line.startsWith('prepare')).length === 16);
    expect(story.filter((line) => line.startsWith('prepare'))).toHaveLength(16);
    gate.resolve({ notes: [] });
    await until(() => wanted.every((one) => tasks.result(one) !== undefined));
  });

  it('ends with its shells closed when it is stopped', async () => {
    const { tasks, story, clock } = bench();
    tasks.want([task('n1')]);
    await until(() => story.length === 2);
    tasks.stop();
    await until(() => story.includes('close n1') && clock.sleepers === 0);
    expect(story).toEqual(['open n1', 'prepare n1', 'close n1']);
  });
});

describe('a task under way that nobody wants any more', () => {
  const LATER = task('n1', { id: 'undo/n1', kind: 'undo' });
  /** Only `prepare` comes to no end of its own. */
  const hang = ({ kind }: NodeTask, signal: AbortSignal): Promise<Finished> =>
    kind === 'undo'
      ? Promise.resolve({ notes: [] })
      : new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));

  it('is given up where it only looks: the next one does not wait for it', async () => {
    const { tasks, story } = bench(hang, { onlyLooks: true });
    tasks.want([task('n1')]);
    await until(() => story.includes('prepare n1'));
    tasks.want([LATER]);
    await until(() => tasks.result(LATER) !== undefined);
    expect(tasks.result(task('n1'))).toBeUndefined();
    expect(tasks.result(LATER)).toMatchObject({ kind: 'done' });
  });

  it('comes to its end where it changes something', async () => {
    const gate = Promise.withResolvers<Finished>();
    const given: AbortSignal[] = [];
    const { tasks, story } = bench(async ({ kind }, signal) => {
      given.push(signal);
      return kind === 'undo' ? { notes: [] } : gate.promise;
    });
    tasks.want([task('n1')]);
    await until(() => story.includes('prepare n1'));
    tasks.want([LATER]);
    expect(given.map(({ aborted }) => aborted)).toEqual([false]);
    gate.resolve({ notes: [] });
    await until(() => tasks.result(LATER) !== undefined);
    expect(story).toEqual(['open n1', 'prepare n1', 'undo n1']);
  });

  it('is done from the beginning when it is wanted again, whatever comes of the first time', async () => {
    let round = 0;
    const { tasks, story } = bench(
      (_, signal) => {
        const notes = [`round ${++round}`];
        if (round > 1) return Promise.resolve({ notes });
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ notes })));
      },
      { onlyLooks: true },
    );
    tasks.want([task('n1')]);
    await until(() => story.includes('prepare n1'));
    tasks.want([]);
    tasks.want([task('n1')]);
    await until(() => tasks.result(task('n1')) !== undefined);
    expect(tasks.result(task('n1'))).toMatchObject({ kind: 'done', notes: ['round 2'] });
  });
});
