import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { until } from '../kopf-ts/testing/until.ts';
import type { NodeShell, ShellResult } from '../node/shell.ts';
import type { Finished, NodeTask } from '../rollout/node-task.ts';
import { createTasks, type AllTasks } from './all-tasks.ts';

const FOUND: Finished = {
  notes: [],
  audit: { services: 2, findings: 0, errors: 0, first: [], isBroken: false },
};
const PREPARATION = { modules: [], sysctls: [], persist: true, startedAt: '2026-01-01T00:00:00Z' };
const UNBRIDGE: NodeTask = { id: 'unbridge/n1', kind: 'unbridge', node: 'n1', since: 0 };
const UNDO: NodeTask = { id: 'undo/n1', kind: 'undo', node: 'n1', since: 0, preparation: PREPARATION };
const DONE: ShellResult = { kind: 'exited', code: 0, stdout: '', stderr: '', truncated: false };

const auditOf = (node: string): NodeTask => ({
  id: `audit/${node}`,
  kind: 'audit',
  node,
  since: 0,
  mode: 'nftables',
  port: 10249,
});

type Bench = {
  readonly tasks: AllTasks;
  readonly clock: FakeClock;
  /** Shells that were opened and closed, and audits that were begun, in order. */
  readonly story: readonly string[];
  /** Lets all audits come to their end. */
  readonly finish: () => void;
};

const all: AllTasks[] = [];
afterEach(() => {
  for (const tasks of all.splice(0)) tasks.stop();
});

function bench(): Bench {
  const clock = createFakeClock();
  const story: string[] = [];
  const gate = Promise.withResolvers<Finished>();
  const shell = (node: string, kind: string): NodeShell => {
    story.push(`open ${kind} ${node}`);
    const close = async (): Promise<void> => void story.push(`close ${kind} ${node}`);
    return { node, pathOf: (path) => path, run: async () => DONE, close };
  };
  const tasks = createTasks({
    clock,
    log: createMemoryLog(),
    changed: () => undefined,
    bridges: { raise: async () => [] },
    open: async ({ node, kind }) => shell(node, kind),
    openToRead: async (node) => shell(node, 'to read'),
    audit: async ({ node }) => {
      story.push(`audit ${node}`);
      return gate.promise;
    },
  });
  all.push(tasks);
  return { tasks, clock, story, finish: () => gate.resolve(FOUND) };
}

describe('an audit', () => {
  it('goes through a shell that only reads, and its result is told', async () => {
    const { tasks, story, finish } = bench();
    tasks.want([auditOf('n1')]);
    finish();
    await until(() => tasks.result(auditOf('n1')) !== undefined);
    expect(story).toEqual(['open to read n1', 'audit n1']);
    expect(tasks.result(auditOf('n1'))).toMatchObject({ kind: 'done', ...FOUND });
  });

  it('is made on two nodes at once, not more, and holds up no other work', async () => {
    const { tasks, story, finish } = bench();
    const audits = ['n1', 'n2', 'n3'].map(auditOf);
    tasks.want([...audits, UNBRIDGE]);
    await until(() => tasks.result(UNBRIDGE) !== undefined);
    expect(story.filter((line) => line.startsWith('audit'))).toEqual(['audit n1', 'audit n2']);
    finish();
    await until(() => audits.every((audit) => tasks.result(audit) !== undefined));
  });
});

describe('work that changes a node', () => {
  it('does not get the shell of a task that may write less', async () => {
    const { tasks, story, clock } = bench();
    tasks.want([UNBRIDGE, UNDO]);
    await clock.advanceUntil(() => tasks.result(UNDO) !== undefined);
    expect(story).toEqual(['open unbridge n1', 'close unbridge n1', 'open undo n1']);
  });

  it('ends when it is told to stop, and so do audits', async () => {
    const { tasks, story, clock, finish } = bench();
    tasks.want([auditOf('n1'), UNBRIDGE]);
    await until(() => tasks.result(UNBRIDGE) !== undefined && story.includes('audit n1'));
    tasks.stop();
    finish();
    await until(() => story.includes('close to read n1') && story.includes('close unbridge n1'));
    expect(clock.sleepers).toBe(0);
  });
});
