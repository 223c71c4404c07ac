import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError, TemporaryError } from './errors.ts';
import { createFakeClock, type FakeClock } from './testing/fake-clock.ts';
import { startFixture, WIDGET_PATH, WIDGETS, type Fixture, type Widget } from './testing/fixture.ts';
import { until } from './testing/until.ts';
import type { Handler } from './types.ts';

describe('an operator', () => {
  let clock: FakeClock;
  let fixture: Fixture;
  let stop: (() => Promise<void>) | undefined;
  let calls: string[];
  beforeEach(async () => {
    clock = createFakeClock();
    fixture = await startFixture(clock);
    calls = [];
  });
  afterEach(async () => {
    await stop?.();
    await fixture.close();
  });

  const note =
    (what: string): Handler<Widget> =>
    async ({ name, object }) =>
      void calls.push(`${what} ${name}${object === undefined ? ' gone' : ''}`);
  const remove = (name: string): void => void fixture.server.objects.remove(`${WIDGET_PATH}/${name}`);
  const finalizers = (name: string): readonly string[] | undefined =>
    fixture.server.objects.get(`${WIDGET_PATH}/${name}`)?.metadata.finalizers;
  describe('reconciling', () => {
    it('calls the handler for what is there, what changes and what goes', async () => {
      fixture.widget('a');
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, note('reconcile'));
      stop = fixture.run(operator);
      await until(() => calls.length === 1);
      fixture.widget('a', { spec: { size: 2 } });
      await until(() => calls.length === 2);
      remove('a');
      await until(() => calls.length === 3);
      expect(calls).toEqual(['reconcile a', 'reconcile a', 'reconcile a gone']);
      expect(fixture.complaints()).toEqual([]);
    });

    it('runs one pass per object at a time, several objects at once, and no more than allowed', async () => {
      for (const name of ['a', 'b', 'c', 'd']) fixture.widget(name);
      const running = new Map<string, number>();
      let most = 0;
      let release = Promise.withResolvers<void>();
      const operator = fixture.operator({ maxConcurrentReconciles: 3 });
      operator.on.reconcile(WIDGETS, async ({ name }) => {
        running.set(name, (running.get(name) ?? 0) + 1);
        expect(running.get(name)).toBe(1);
        most = Math.max(most, running.size);
        calls.push(name);
        await release.promise;
        running.delete(name);
      });
      stop = fixture.run(operator);
      await until(() => running.size === 3);
      for (let size = 0; size < 5; size++) fixture.widget('a', { spec: { size } });
      expect(calls).toEqual(['a', 'b', 'c']);
      release.resolve();
      release = Promise.withResolvers<void>();
      release.resolve();
      await until(() => calls.length >= 5);
      expect(most).toBe(3);
      expect(calls.filter((name) => name === 'a').length).toBeLessThanOrEqual(6);
    });

    it('retries a failure with growing delays, telling the handler how often it failed', async () => {
      fixture.widget('a');
      const retries: number[] = [];
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, async ({ retry }) => {
        retries.push(retry);
        if (retry < 3) throw new Error('not yet');
      });
      stop = fixture.run(operator);
      await clock.advanceUntil(() => retries.length === 4, 5);
      expect(retries).toEqual([0, 1, 2, 3]);
      expect(fixture.complaints()).toEqual(['handler failed', 'handler failed', 'handler failed']);
      const metrics = await fixture.connection.registry.metrics();
      expect(metrics).toContain('controller_runtime_reconcile_total{controller="widget",result="error"} 3');
      expect(metrics).toContain('controller_runtime_reconcile_total{controller="widget",result="success"} 1');
      expect(metrics).toContain('workqueue_retries_total{name="widget"} 3');
    });

    it('calls again when a TemporaryError or requeueAfter says', async () => {
      fixture.widget('a');
      const times: number[] = [];
      const start = clock.now();
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, async () => {
        times.push(clock.now() - start);
        if (times.length === 1) throw new TemporaryError('later', 3000);
        return times.length === 2 ? { requeueAfter: 2000 } : undefined;
      });
      stop = fixture.run(operator);
      await until(() => times.length === 1 && clock.sleepers > 0);
      await clock.advance(3000);
      await until(() => times.length === 2);
      await clock.advance(2000);
      await until(() => times.length === 3);
      expect(times).toEqual([0, 3000, 5000]);
      expect(fixture.complaints()).toEqual([]);
    });

    it('calls again regularly when asked to resync', async () => {
      fixture.widget('a');
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, note('reconcile'), { resync: 600_000 });
      stop = fixture.run(operator);
      await until(() => calls.length === 1);
      await clock.advance(600_000);
      await until(() => calls.length === 2);
      expect(calls).toEqual(['reconcile a', 'reconcile a']);
    });

    it('does not retry a PermanentError until the object changes or somebody asks, status changes not counting', async () => {
      fixture.widget('a', { spec: { size: 1 } });
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, async ({ name }) => {
        calls.push(name);
        throw new PermanentError('hopeless');
      });
      stop = fixture.run(operator);
      await until(() => calls.length === 1);
      fixture.widget('a', { spec: { size: 1 }, status: { size: 1 } });
      await clock.advance(2_000_000);
      expect(calls).toHaveLength(1);
      fixture.widget('a', { spec: { size: 2 } });
      await until(() => calls.length === 2);
      operator.enqueue(WIDGETS, { name: 'a' });
      await until(() => calls.length === 3);
    });

    it('lets events of other objects be mapped, at once or later', async () => {
      const gadgets = { ...WIDGETS, plural: 'gadgets', kind: 'Gadget' };
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, note('reconcile'));
      operator.on.event(gadgets, ({ object }) => operator.enqueue(WIDGETS, { name: object.metadata.name }));
      stop = fixture.run(operator);
      await until(() => fixture.server.watches.size === 2);
      fixture.server.objects.put('/apis/example.dev/v1/gadgets/a', { metadata: { name: 'a' } });
      await until(() => calls.length === 1);
      operator.enqueue(WIDGETS, { name: 'b' }, 1000);
      await clock.advance(999);
      expect(calls).toEqual(['reconcile a gone']);
      await clock.advance(1);
      await until(() => calls.length === 2);
    });

    it('does not wait for caches that cannot be had', async () => {
      fixture.widget('a');
      fixture.server.faults.push(({ path }, response) => {
        if (!path.endsWith('/gadgets')) return false;
        response.writeHead(403).end('{}');
        return true;
      });
      const operator = fixture.operator();
      operator.on.reconcile(WIDGETS, note('reconcile'));
      const gadgets = operator.cache({ ...WIDGETS, plural: 'gadgets' });
      stop = fixture.run(operator);
      await until(() => calls.length === 1);
      expect(gadgets.problem?.message).toContain('cannot list gadgets.example.dev');
    });
  });

  describe('with Kopf’s causes', () => {
    it('tells what was there from what appears, and changes from status changes', async () => {
      fixture.widget('old');
      const operator = fixture.operator();
      operator.on.resume(WIDGETS, note('resume'));
      operator.on.create(WIDGETS, note('create'));
      operator.on.update(WIDGETS, note('update'));
      operator.on.delete(WIDGETS, note('delete'));
      stop = fixture.run(operator);
      await until(() => calls.length === 1);
      fixture.widget('new', { spec: { size: 1 } });
      await until(() => calls.length === 2);
      fixture.widget('new', { spec: { size: 1 }, status: { size: 1 } });
      fixture.widget('new', { spec: { size: 2 }, status: { size: 1 } });
      await until(() => calls.length === 3);
      remove('new');
      await until(() => calls.length === 4);
      expect(calls).toEqual(['resume old', 'create new', 'update new', 'delete new gone']);
    });

    it('repeats only the handler that failed', async () => {
      const operator = fixture.operator();
      let failures = 1;
      operator.on.create(WIDGETS, note('first'));
      operator.on.create(WIDGETS, async ({ name }) => {
        calls.push(`second ${name}`);
        if (failures-- > 0) throw new Error('not yet');
      });
      stop = fixture.run(operator);
      await until(() => fixture.server.watches.size === 1);
      fixture.widget('a');
      await clock.advanceUntil(() => calls.length === 3, 5);
      expect(calls).toEqual(['first a', 'second a', 'second a']);
    });

    it('holds a deletion up with a finalizer until the handler has succeeded', async () => {
      fixture.widget('a', { metadata: { name: 'a', finalizers: ['other'] } });
      const operator = fixture.operator();
      let ready = false;
      operator.on.reconcile(WIDGETS, async ({ object }) => {
        const unprotected =
          object?.metadata.deletionTimestamp === undefined && !object?.metadata.finalizers?.includes('mine');
        if (object !== undefined && unprotected) calls.push('seen without finalizer');
      });
      operator.on.delete(
        WIDGETS,
        async ({ name }) => {
          calls.push(`delete ${name}`);
          if (!ready) throw new TemporaryError('not yet', 1000);
        },
        { finalizer: 'mine' },
      );
      stop = fixture.run(operator);
      await until(() => finalizers('a')?.includes('mine') ?? false);
      remove('a');
      await until(() => calls.length >= 1);
      const before = calls.length;
      await clock.advanceUntil(() => calls.length > before);
      ready = true;
      await clock.advanceUntil(() => !(finalizers('a')?.includes('mine') ?? false));
      expect(finalizers('a')).toEqual(['other']);
      expect(new Set(calls)).toEqual(new Set(['delete a']));
      expect(fixture.complaints()).toEqual([]);
    });

    it('runs timers at their interval while the object lives', async () => {
      fixture.widget('a');
      const operator = fixture.operator();
      operator.on.timer(WIDGETS, note('tick'), { interval: 60_000, initialDelay: 5000 });
      stop = fixture.run(operator);
      await until(() => fixture.server.watches.size === 1);
      await clock.advance(4000);
      expect(calls).toHaveLength(0);
      await clock.advanceUntil(() => calls.length === 1, 500);
      fixture.widget('a', { spec: { size: 9 } });
      await clock.advance(55_000);
      expect(calls).toHaveLength(1);
      await clock.advanceUntil(() => calls.length === 2, 500);
      remove('a');
      await clock.advance(200_000);
      expect(calls).toHaveLength(2);
    });

    it('does not repeat a failing timer faster than its back-off', async () => {
      fixture.widget('a');
      const operator = fixture.operator();
      operator.on.timer(
        WIDGETS,
        async () => {
          calls.push('tick');
          throw new Error('broken');
        },
        { interval: 60_000 },
      );
      stop = fixture.run(operator);
      await until(() => calls.length === 1);
      // 5 + 10 + 20 + … ms: eight more fit into 2 s.
      await clock.advance(2000);
      expect(calls.length).toBeLessThanOrEqual(9);
    });
  });

  it('registers nothing while it runs, and runs once', async () => {
    const operator = fixture.operator();
    stop = fixture.run(operator);
    expect(() => operator.on.reconcile(WIDGETS, note('late'))).toThrow('before the operator runs');
    expect(() => operator.enqueue(WIDGETS, { name: 'a' })).toThrow('no handler');
    await expect(operator.run(new AbortController().signal)).rejects.toThrow('only once');
  });

  it('lends its client for work outside of handlers, which reads at any time and writes only while it leads', async () => {
    fixture.widget('a');
    const operator = fixture.operator({ leaderElection: { namespace: 'default', name: 'fence' } });
    const resize = (): Promise<Widget> => operator.client.mergePatch(WIDGETS, { name: 'a' }, { spec: { size: 2 } });
    await expect(operator.client.get(WIDGETS, { name: 'a' })).resolves.toBeDefined();
    await expect(resize()).rejects.toThrow('lease');
    operator.on.reconcile(WIDGETS, note('reconcile'));
    stop = fixture.run(operator);
    await until(() => operator.isLeader && calls.length > 0);
    await expect(resize()).resolves.toMatchObject({ spec: { size: 2 } });
    await stop();
    stop = undefined;
    await expect(resize()).rejects.toThrow();
    expect(fixture.server.objects.get(`${WIDGET_PATH}/a`)).toMatchObject({ spec: { size: 2 } });
  });
});
