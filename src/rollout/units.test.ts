// What is different for a kube-proxy that is a unit of systemd: its replacement may fail, and its node has a file to tidy up.
import { describe, expect, it } from 'vitest';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import { advance } from './advance.ts';
import type { Course } from './course.ts';
import type { Step } from './decision.ts';
import type { Member } from './member.ts';
import type { TaskResult } from './node-task.ts';
import type { Observed, PodFacts } from './observed.ts';
import { tidied } from './tidy.ts';

const course: Course = {
  now: Date.UTC(2026, 0, 1),
  attempt: 1,
  target: 'ipvs',
  oldMode: 'iptables',
  configMode: 'ipvs',
  direction: 'forward',
  successes: 3,
  soak: 0,
  timeout: 300_000,
  watched: [],
};
const systemd = {
  unit: 'kube-proxy.service',
  file: '/etc/kube-proxy.yml',
  sha256: 'abc',
  original: 'mode: iptables\n',
};

function unit(fields: Partial<PodFacts> = {}): PodFacts {
  const end = { waiting: undefined, ended: undefined };
  return {
    name: 'kube-proxy.service',
    uid: 'a',
    node: 'n1',
    deleting: false,
    running: true,
    restarts: 0,
    ...end,
    systemd,
    ...fields,
  };
}

function member(status: NodeMigrationStatus, pod = unit()): Member {
  const node = {
    name: 'n1',
    uid: 'n1-uid',
    ready: true,
    readyChangedAt: 0,
    controlPlane: false,
    labels: {},
    system: '',
  };
  return { name: 'n1', node, pod, probe: undefined, lastWords: undefined, selected: true, recorded: true, status };
}

describe('a replacement that cannot be done', () => {
  it('is a failure of the node, told in its own words', () => {
    const { status, deletePod } = advance(
      member({ phase: 'Switching', replacing: 'a' }, unit({ stuck: 'disk full' })),
      course,
    );
    expect(status).toMatchObject({ phase: 'Restoring', result: 'Failed', reason: 'PodNotReplaced', replacing: 'a' });
    expect(status.message).toContain('disk full');
    expect(deletePod).toBeUndefined();
  });

  it('on the way back leaves the node to a person, and is tried again', () => {
    const back: Course = { ...course, direction: 'back', configMode: 'iptables' };
    const stuck = unit({ stuck: 'disk full' });
    const move = advance(member({ phase: 'Restoring', replacing: 'a', result: 'Failed' }, stuck), back);
    expect(move).toMatchObject({ status: { phase: 'Stranded' }, deletePod: stuck });
    const later = advance(member(move.status, stuck), back);
    expect(later).toMatchObject({ status: move.status, deletePod: stuck, wake: back.now + 30_000 });
  });
});

describe('the end', () => {
  const over: Step = {
    stand: { kind: 'done', phase: 'Succeeded', reason: 'Succeeded', message: '1 of 1' },
    fixed: {},
    moves: new Map(),
  };

  function seen(result?: TaskResult): Observed {
    const migration = { status: { startedAt: '2026-01-01T00:00:00Z', attempt: 1 } };
    return { migration, task: () => result } as unknown as Observed;
  }
  const done = member({ phase: 'Switched', systemd });

  it('waits until nothing of ours is beside the file', () => {
    const { stand, tasks } = tidied(seen(), [done], over);
    expect(stand).toMatchObject({ kind: 'progressing', reason: 'TidyingUp' });
    expect(tasks).toEqual([expect.objectContaining({ kind: 'tidy', node: 'n1', systemd })]);
  });

  it.each([
    ['is reached then', { kind: 'done', at: 0, notes: [] }],
    ['is not held up by a node where that fails', { kind: 'failed', at: 0, since: 0, problem: 'gone', refused: false }],
  ] as const)('%s, and the original is forgotten', (_, result) => {
    const { stand, moves } = tidied(seen(result), [done], over);
    expect(stand).toBe(over.stand);
    const { original: _original, ...kept } = systemd;
    expect(moves.get('n1')?.status).toEqual({ phase: 'Switched', systemd: kept });
  });

  it('forgets what is kept of an options file, too', () => {
    const { original: _original, ...where } = systemd;
    const one = member({ phase: 'Switched', systemd: { ...where, proxyMode: '' } });
    expect(tidied(seen(), [one], over).stand).toMatchObject({ reason: 'TidyingUp' });
    const { moves } = tidied(seen({ kind: 'done', at: 0, notes: [] }), [one], over);
    expect(moves.get('n1')?.status).toEqual({ phase: 'Switched', systemd: where });
  });

  it('keeps the originals while switched nodes may still be taken back', () => {
    const failed: Step = { ...over, stand: { ...over.stand, kind: 'stalled', phase: 'Failed', reason: 'NodeFailed' } };
    expect(tidied(seen({ kind: 'done', at: 0, notes: [] }), [done], failed)).toBe(failed);
  });

  it('has nothing to wait for where there are pods', () => {
    expect(tidied(seen(), [member({ phase: 'Switched' })], over)).toBe(over);
  });
});
