import { describe, expect, it } from 'vitest';
import type { NodeShell, ShellResult } from '../node/shell.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import { changesNode } from './change-node.ts';
import { TaskRefused } from './node-tasks.ts';

const TASK: NodeTask = {
  id: 'prepare/n1',
  kind: 'prepare',
  node: 'n1',
  since: 0,
  preparation: { modules: ['ip_vs'], sysctls: [], persist: false, startedAt: '2026-01-01T00:00:00Z' },
};

function shell(result: ShellResult): NodeShell {
  return { node: 'n1', pathOf: (path) => path, run: async () => result, close: async () => undefined };
}

const changeNode = changesNode({ raise: async () => [] });
const signal = new AbortController().signal;

describe('a task on a node', () => {
  it('that is refused is not worth another try', async () => {
    const refused = shell({ kind: 'refused', message: 'the host key has changed' });
    await expect(changeNode(TASK, refused, signal)).rejects.toThrow(TaskRefused);
    await expect(changeNode(TASK, refused, signal)).rejects.toThrow('the host key has changed');
  });

  it('that cannot be done says why', async () => {
    const away = shell({ kind: 'unreachable', message: 'no route to host' });
    await expect(changeNode(TASK, away, signal)).rejects.toThrow('no route to host');
  });

  it('made from a record that somebody has edited runs nothing that is no module', async () => {
    const preparation = { ...TASK.preparation, modules: ['--config=/tmp/x'] };
    const ran: string[] = [];
    const watched: NodeShell = {
      ...shell({ kind: 'unreachable', message: 'asked' }),
      run: async ({ argv }) => {
        ran.push(argv.join(' '));
        return { kind: 'unreachable', message: 'asked' };
      },
    };
    await expect(changeNode({ ...TASK, preparation }, watched, signal)).rejects.toThrow('is no kernel module');
    expect(ran).toEqual([]);
  });
});
