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

  it('wakes whoever waits when the signal fires', async () => {
    const watch = new SharedHelperWatch(fakeOperator(), 'proxymode');
    const stop = new AbortController();
    const waiting = watch.changed(stop.signal);
    stop.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(watch.changed(stop.signal)).resolves.toBeUndefined();
  });
});
