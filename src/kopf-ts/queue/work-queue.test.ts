import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

const silent = {
  added: () => undefined,
  started: () => undefined,
  finished: () => undefined,
  retried: () => undefined,
};

describe('a work queue', () => {
  let clock: FakeClock;
  let queue: WorkQueue;
  let taken: string[];
  beforeEach(() => {
    clock = createFakeClock();
    queue = createWorkQueue(clock, () => 0.5, silent);
    taken = [];
  });
  async function takeNext(): Promise<void> {
    const key = await queue.take();
    if (key !== undefined) taken.push(key);
  }

  it('hands a key out once, however often it was added, in the order of first adding', async () => {
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    await takeNext();
    await takeNext();
    expect(taken).toEqual(['a', 'b']);
    expect(queue.depth).toBe(0);
  });

  it('holds a key back while it is being worked on, and hands it out again afterwards, once', async () => {
    queue.add('a');
    await takeNext();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    await takeNext();
    queue.done('a');
    expect(taken).toEqual(['a', 'a']);
    expect(queue.depth).toBe(0);
  });

  it('forgets what was added during a pass before the pass read its object', async () => {
    queue.add('a');
    await takeNext();
    queue.add('a');
    queue.coversAll('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  it('delays, and of several wishes takes the earliest', async () => {
    queue.addAfter('a', 500, 'asked');
    queue.addAfter('a', 100, 'asked');
    queue.addAfter('b', 50, 'asked');
    void takeNext();
    void takeNext();
    await clock.advance(99);
    expect(taken).toEqual(['b']);
    await clock.advance(1);
    expect(taken).toEqual(['b', 'a']);
    queue.done('a');
    void takeNext();
    await clock.advance(1000);
    expect(taken).toEqual(['b', 'a']);
  });

  it('drops the wish of the last pass when a new pass begins, but not what was asked for from outside', async () => {
    queue.addAfter('a', 100, 'outcome');
    queue.addAfter('a', 200, 'asked');
    queue.add('a');
    await takeNext();
    queue.done('a');
    void takeNext();
    await clock.advance(150);
    expect(taken).toEqual(['a']);
    await clock.advance(50);
    expect(taken).toEqual(['a', 'a']);
  });

  it('retries after 5 ms, 10 ms, 20 ms, … and from the beginning after a success', async () => {
    const delays: number[] = [];
    for (const expected of [5, 10, 20, 40]) {
      queue.retry('a');
      const start = clock.now();
      void takeNext().then(() => delays.push(clock.now() - start));
      await clock.advance(expected);
      queue.done('a');
    }
    expect(delays).toEqual([5, 10, 20, 40]);
    queue.forget('a');
    queue.retry('a');
    void takeNext();
    await clock.advance(5);
    expect(taken).toHaveLength(5);
  });

  it('waits for as long as the server asked', async () => {
    queue.retry('a', 3000);
    void takeNext();
    await clock.advance(2999);
    expect(taken).toEqual([]);
    await clock.advance(1);
    expect(taken).toEqual(['a']);
  });

  it('releases everybody when it is shut down, and takes nothing more', async () => {
    const waiting = queue.take();
    queue.addAfter('later', 1000, 'asked');
    queue.shutDown();
    queue.add('a');
    expect(await waiting).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(clock.sleepers).toBe(0);
  });
});
