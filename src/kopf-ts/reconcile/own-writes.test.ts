import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send, statusAnswer, watchLine } from '../testing/fake-api-server.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { startFixture, WIDGET_PATH, WIDGETS, type Fixture, type Widget } from '../testing/fixture.ts';
import { until } from '../testing/until.ts';
import type { HandlerContext, KubeObject } from '../types.ts';

type Step = (context: HandlerContext<Widget>) => Promise<unknown>;

/** The watch of widgets is in the test's hands: nothing is delivered unless the test does. */
describe('the own-write gate', () => {
  let clock: FakeClock;
  let fixture: Fixture;
  let watch: ServerResponse | undefined;
  let stop: () => Promise<void>;
  let steps: Step[];
  let passes: (Widget | undefined)[];
  let stepsDone: number;
  beforeEach(async () => {
    clock = createFakeClock();
    fixture = await startFixture(clock);
    watch = undefined;
    steps = [];
    passes = [];
    stepsDone = 0;
    fixture.server.faults.push(({ query, path }, response) => {
      if (!query.has('watch') || path !== WIDGET_PATH) return false;
      watch = response;
      response.writeHead(200);
      response.flushHeaders();
      return true;
    });
  });
  afterEach(async () => {
    const stopped = stop();
    await clock.advance(20_000);
    await stopped;
    await fixture.close();
  });

  /** Runs a handler whose n-th pass does the n-th step, and asks for another pass as long as there are steps. */
  async function start(...todo: Step[]): Promise<void> {
    steps = [...todo];
    const operator = fixture.operator();
    operator.on.reconcile(WIDGETS, async (context) => {
      passes.push(context.object);
      try {
        await steps.shift()?.(context);
      } finally {
        stepsDone += 1;
      }
      if (steps.length > 0 || passes.length === todo.length) return { requeueAfter: 1 };
      return undefined;
    });
    stop = fixture.run(operator);
    await until(() => stepsDone === 1 && watch !== undefined);
  }
  const stored = (name: string): KubeObject =>
    fixture.server.objects.get(`${WIDGET_PATH}/${name}`) ?? { metadata: { name } };
  const deliver = (type: string, object: unknown): void => void watch?.write(watchLine(type, object));
  const gets = (): number =>
    fixture.server.requests.filter(({ method, path }) => method === 'GET' && path.startsWith(`${WIDGET_PATH}/`)).length;
  const patch: Step = ({ client, name }) => client.mergePatch(WIDGETS, { name }, { status: { size: 7 } });
  /** Gives a wrongly open gate the chance to show: real I/O, and the requeue's 1 ms. */
  async function aWhile(): Promise<void> {
    for (let round = 0; round < 20; round++) await clock.advance(5);
  }

  it('does not show a handler a cache that is older than its own write, and opens with the event', async () => {
    fixture.widget('a');
    await start(patch);
    await aWhile();
    expect(passes).toHaveLength(1);
    deliver('MODIFIED', stored('a'));
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]?.status?.size).toBe(7);
    expect(gets()).toBe(0);
  });

  it('is content with a newer version than its own, or a bookmark beyond it', async () => {
    fixture.widget('a');
    await start(patch);
    const own = stored('a');
    fixture.widget('other');
    deliver('BOOKMARK', { metadata: { resourceVersion: '999' } });
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(own.metadata.resourceVersion).toBe('102');
    expect(gets()).toBe(0);
  });

  it('is not deceived by an older event of the same object', async () => {
    fixture.widget('a');
    const older = fixture.widget('a', { spec: { size: 1 } });
    await start(patch);
    deliver('MODIFIED', older);
    await aWhile();
    expect(passes).toHaveLength(1);
  });

  it('reads directly after 5 s without the event, and never goes back behind that', async () => {
    fixture.widget('a');
    const old = stored('a');
    await start(patch);
    await aWhile();
    await clock.advance(4800);
    expect(passes).toHaveLength(1);
    await clock.advance(200);
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]?.status?.size).toBe(7);
    expect(gets()).toBe(1);
    deliver('MODIFIED', { ...old, status: { size: 0 } });
    await aWhile();
    expect(passes.at(-1)?.status?.size).toBe(7);
  });

  it('reads directly at once when the answer to a write was lost', async () => {
    fixture.widget('a');
    fixture.server.faults.unshift(({ method }, response, carryOut) => {
      if (method !== 'PATCH') return false;
      carryOut();
      response.destroy();
      return true;
    });
    await start(patch);
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]?.status?.size).toBe(7);
    expect(gets()).toBe(1);
  });

  it('looks again after a conflict instead of running into the same one', async () => {
    fixture.widget('a');
    const conflicting: Step = ({ client, name, object }) =>
      client.mergePatch(
        WIDGETS,
        { name },
        { metadata: { resourceVersion: object?.metadata.resourceVersion }, status: { size: 7 } },
      );
    await start(async (context) => {
      fixture.widget('a', { spec: { size: 5 } });
      await conflicting(context);
    }, conflicting);
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]?.spec?.size).toBe(5);
  });

  describe('where `get` is forbidden', () => {
    let listing: boolean;
    beforeEach(() => {
      listing = true;
      fixture.server.faults.push(({ method, path, query }, response) => {
        const isList = path === WIDGET_PATH && query.has('fieldSelector');
        if (method !== 'GET' || (isList ? listing : !path.startsWith(`${WIDGET_PATH}/`))) return false;
        const verb = isList ? 'list' : 'get';
        send(response, statusAnswer(403, 'Forbidden', `cannot ${verb} widgets`));
        return true;
      });
    });
    const refused: Step = ({ client, name, object }) =>
      client.mergePatch(
        WIDGETS,
        { name },
        { metadata: { resourceVersion: object?.metadata.resourceVersion }, status: { size: 7 } },
      );
    const warnings = (message: string): readonly unknown[] =>
      fixture.log.lines.filter((line) => line.level === 'warn' && line.message === message).map(({ fields }) => fields);

    it('lists the written object, and says so once', async () => {
      fixture.widget('a');
      const overtaken: Step = async (context) => {
        fixture.widget('a', { spec: { size: passes.length } });
        await refused(context);
      };
      await start(overtaken, overtaken, patch);
      await clock.advanceUntil(() => passes.length >= 3, 100);
      expect(passes.map((widget) => widget?.spec?.size)).toEqual([undefined, 1, 2]);
      expect(warnings('looking at an own write is forbidden, listing it instead')).toEqual([
        {
          controller: 'widget',
          verb: 'get',
          resource: 'widgets.example.dev',
          problem: expect.stringContaining('Forbidden: cannot get widgets'),
        },
      ]);
      const lists = fixture.server.requests.filter(({ query }) => query.has('fieldSelector'));
      expect(lists.map(({ query }) => query.get('fieldSelector'))).toEqual(['metadata.name=a', 'metadata.name=a']);
    });

    it('finds out that the object is gone', async () => {
      fixture.widget('a');
      await start(async (context) => {
        fixture.server.objects.remove(`${WIDGET_PATH}/a`);
        await refused(context);
      });
      await clock.advanceUntil(() => stepsDone >= 2, 100);
      expect(passes[1]).toBeUndefined();
    });

    it('runs nothing on an older cache when listing is forbidden too, and goes on with the right to', async () => {
      fixture.widget('a');
      listing = false;
      await start(async (context) => {
        fixture.widget('a', { spec: { size: 5 } });
        await refused(context);
      }, patch);
      await clock.advanceUntil(() => warnings('a pass could not be prepared').length >= 2, 1000);
      expect(passes).toHaveLength(1);
      listing = true;
      await clock.advanceUntil(() => passes.length >= 2, 1000);
      expect(passes[1]?.spec?.size).toBe(5);
    });
  });

  it('waits until a deleted object is gone from the cache or marked as being deleted', async () => {
    const { metadata } = fixture.widget('a');
    await start(({ client, name }) => client.delete(WIDGETS, { name }, { uid: metadata.uid ?? '' }));
    await aWhile();
    expect(passes).toHaveLength(1);
    deliver('DELETED', { ...stored('a'), metadata: { ...metadata, resourceVersion: '200' } });
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]).toBeUndefined();
  });

  it('does not wait for the version with which the last finalizer went: it never comes', async () => {
    const { metadata } = fixture.widget('a', { metadata: { name: 'a', finalizers: ['f'] } });
    fixture.server.objects.remove(`${WIDGET_PATH}/a`);
    await start(({ client, name }) => client.mergePatch(WIDGETS, { name }, { metadata: { finalizers: [] } }));
    deliver('DELETED', { metadata: { ...metadata, resourceVersion: '103' } });
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]).toBeUndefined();
    expect(gets()).toBe(0);
  });

  it('waits for writes that were still under way when the handler ended', async () => {
    fixture.widget('a');
    let answer: (() => void) | undefined;
    fixture.server.faults.unshift(({ method }, response, carryOut) => {
      if (method !== 'PATCH') return false;
      answer = () => {
        const { status, body } = carryOut() as unknown as { status: number; body: unknown };
        response.writeHead(status).end(JSON.stringify(body));
      };
      return true;
    });
    await start(async (context) => {
      void patch(context);
      throw new Error('failed early');
    });
    await until(() => answer !== undefined);
    await aWhile();
    expect(passes).toHaveLength(1);
    answer?.();
    await aWhile();
    expect(passes).toHaveLength(1);
    deliver('MODIFIED', stored('a'));
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(passes[1]?.status?.size).toBe(7);
  });

  it('asks nothing of caches that do not cover what was written', async () => {
    fixture.widget('a');
    const gadgets = { ...WIDGETS, plural: 'gadgets' };
    await start(({ client }) => client.create(gadgets, { metadata: { name: 'g', labels: { mine: 'yes' } } }));
    await aWhile();
    await clock.advanceUntil(() => passes.length >= 2, 5);
    expect(gets()).toBe(0);
  });
});
