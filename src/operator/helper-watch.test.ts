import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SharedHelperWatch } from './helper-watch.ts';
import { fakeOperator } from './testing/fake-cache.ts';

describe('the watch over helper pods', () => {
  it('is open while somebody holds it, and one for all', () => {
    const operator = fakeOperator();
    const watch = new SharedHelperWatch(operator, 'proxymode');
    expect(operator.opened).toHaveLength(0);
    const [first, second] = [watch.hold(), watch.hold()];
    expect(operator.opened).toHaveLength(1);
    expect(operator.opened[0]?.selection).toMatchObject({ namespace: 'proxymode' });
    first();
    first();
    expect(operator.opened[0]?.closed, 'letting go twice counts once').toBe(false);
    second();
    expect(operator.opened[0]?.closed).toBe(true);
    watch.hold();
    expect(operator.opened).toHaveLength(2);
  });

  it('is idle once everybody has let go', async () => {
    const watch = new SharedHelperWatch(fakeOperator(), 'proxymode');
    await watch.idle();
    const [first, second] = [watch.hold(), watch.hold()];
    let idle = false;
    const waiting = watch.idle().then(() => (idle = true));
    first();
    await Promise.resolve();
    expect(idle).toBe(false);
    second();
    await waiting;
    expect(idle).toBe(true);
  });

  it('wakes whoever waits for a pod when that pod changes, or when the signal fires', async () => {
    const operator = fakeOperator();
    const watch = new SharedHelperWatch(operator, 'proxymode');
    watch.hold();
    const stop = new AbortController();
    const woken: string[] = [];
    const waiting = ['a', 'a', 'b', 'c'].map(async (name) => {
      await watch.changed({ name }, stop.signal);
      woken.push(name);
    });
    for (const name of ['b', 'x']) operator.opened[0]?.emit({ type: 'modified', object: { metadata: { name } } });
    await setImmediate();
    expect(woken).toEqual(['b']);
    operator.opened[0]?.emit({ type: 'deleted', object: { metadata: { name: 'a' } } });
    await setImmediate();
    expect(woken).toEqual(['b', 'a', 'a']);
    stop.abort();
    await Promise.all(waiting);
    await expect(watch.changed({ name: 'a' }, stop.signal)).resolves.toBeUndefined();
  });
});
