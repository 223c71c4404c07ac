import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { helperPod, type HelperPod } from '../node/helper-pod.ts';
import { HelperCollector } from './helper-collector.ts';
import { createFakeClient, refused, type Answer, type FakeClient } from './testing/fake-client.ts';

let clock: FakeClock;

beforeEach(() => {
  clock = createFakeClock();
});

function collecting(answer?: Answer): { readonly collector: HelperCollector; readonly client: FakeClient } {
  const client = createFakeClient(answer);
  return { collector: new HelperCollector({ client, clock, log: createMemoryLog(), namespace: 'ours' }), client };
}

function selectors({ sent }: FakeClient): readonly string[] {
  return sent.map(({ body }) => /\((.*)\)/.exec((body as { labelSelector: string }).labelSelector)?.[1] ?? '');
}

function podOf(making: string): HelperPod {
  const owner = { apiVersion: 'v1', kind: 'Lease', name: 'l', uid: 'u' };
  return helperPod('n1', { kind: 'reach' }, { namespace: 'ours', owner, image: 'i', making });
}

describe('helper pods that are not needed any more', () => {
  it('go together, by what only they have', async () => {
    const { collector, client } = collecting();
    const first = collector.collect('a');
    await clock.advance(2000);
    const second = collector.collect('b');
    expect(client.sent).toEqual([]);
    await clock.advance(1000);
    await Promise.all([first, second]);
    expect(client.sent).toEqual([
      {
        verb: 'deletecollection',
        resource: 'pods',
        name: '',
        namespace: 'ours',
        body: {
          namespace: 'ours',
          labelSelector:
            'app.kubernetes.io/managed-by=proxymode,app.kubernetes.io/component=node-helper,proxymode.dev/making in (a,b)',
          gracePeriodSeconds: 1,
        },
      },
    ]);
  });

  it('go at once when they are many', async () => {
    const { collector, client } = collecting();
    const all = Array.from({ length: 65 }, (_, index) => collector.collect(`m${index}`));
    await Promise.all(all);
    expect(selectors(client).map((list) => list.split(',').length)).toEqual([64, 1]);
    expect(clock.sleepers).toBe(0);
  });

  it('go at once at the end, still together', async () => {
    const { collector, client } = collecting();
    void collector.collect('a');
    collector.hurry();
    void collector.collect('b');
    await Promise.resolve();
    void collector.collect('c');
    await clock.advance(0);
    void collector.collect('d');
    await clock.advance(0);
    expect(selectors(client)).toEqual(['a,b,c', 'd']);
  });

  it('are known to be leaving before that can be seen', () => {
    const { collector } = collecting();
    void collector.collect('a');
    expect([collector.isLeaving(podOf('a')), collector.isLeaving(podOf('b'))]).toEqual([true, false]);
    expect(collector.isLeaving({ metadata: { name: 'x' } })).toBe(false);
  });

  it('that cannot be removed are not leaving, and whoever let them go is told', async () => {
    const { collector, client } = collecting(() => {
      throw refused(403, 'cannot deletecollection pods');
    });
    const told = expect(collector.collect('a')).rejects.toThrow('cannot deletecollection pods');
    await clock.advance(23_000);
    await told;
    expect(client.sent).toHaveLength(3);
    expect(collector.isLeaving(podOf('a'))).toBe(false);
  });

  it('are tried to be removed again, but not at the end', async () => {
    let broken = true;
    const { collector, client } = collecting(() => {
      if (broken) throw refused(403);
    });
    const gone = collector.collect('a');
    await clock.advance(3000);
    broken = false;
    await clock.advance(10_000);
    await gone;
    broken = true;
    const told = expect(collector.collect('b')).rejects.toThrow('HTTP 403');
    await clock.advance(3000);
    collector.hurry();
    await told;
    expect(selectors(client)).toEqual(['a', 'a', 'b', 'b']);
  });

  it('are forgotten after a thousand others', async () => {
    const { collector } = collecting();
    for (let round = 0; round < 2000; round++) void collector.collect(`m${round}`);
    await clock.advance(3000);
    await setImmediate();
    void collector.collect('last');
    expect([collector.isLeaving(podOf('m0')), collector.isLeaving(podOf('m1999'))]).toEqual([false, true]);
    await clock.advance(3000);
  });
});
