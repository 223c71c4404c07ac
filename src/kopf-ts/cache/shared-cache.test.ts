import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenCache } from '../options.ts';
import { send, statusAnswer, watchLine, type Fault } from '../testing/fake-api-server.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { startFixture, WIDGET_PATH, WIDGETS, type Fixture, type Widget } from '../testing/fixture.ts';
import { until } from '../testing/until.ts';
import type { WatchEvent } from '../types.ts';

describe('a cache', () => {
  let clock: FakeClock;
  let fixture: Fixture;
  let cache: OpenCache<Widget>;
  let told: string[];
  let stop: () => Promise<void>;
  beforeEach(async () => {
    clock = createFakeClock();
    fixture = await startFixture(clock);
    told = [];
  });
  afterEach(async () => {
    await stop();
    await fixture.close();
  });

  const onEvent = ({ type, object }: WatchEvent<Widget>): void =>
    void told.push(`${type} ${object.metadata.name} ${object.metadata.uid}`);
  function start(): void {
    const operator = fixture.operator();
    cache = operator.cache(WIDGETS, { onEvent });
    stop = fixture.run(operator);
  }
  async function watching(): Promise<void> {
    await until(() => fixture.server.watches.size === 1, 'a watch is open');
  }
  const sizes = (): (number | undefined)[] => cache.list().map(({ spec }) => spec?.size);
  const lists = (): number => fixture.server.requests.filter(({ query }) => query.has('limit')).length;
  const watches = (): number => fixture.server.requests.filter(({ query }) => query.has('watch')).length;
  function endWatches(): void {
    for (const response of fixture.server.watches) response.end();
  }
  const isWatch: Fault = ({ query }) => query.has('watch');
  function onWatch(fault: Fault): Fault {
    return (request, response, carryOut) => isWatch(request, response, carryOut) && fault(request, response, carryOut);
  }
  function once(fault: Fault): Fault {
    let used = false;
    return (request, response, carryOut) => !used && (used = fault(request, response, carryOut));
  }

  it('lists, then follows the watch from the version of the list', async () => {
    fixture.widget('a', { spec: { size: 1 } });
    start();
    await watching();
    fixture.widget('b', { spec: { size: 2 } });
    fixture.widget('a', { spec: { size: 3 } });
    await until(() => told.length === 3);
    fixture.server.objects.remove(`${WIDGET_PATH}/b`);
    await until(() => told.length === 4);
    expect(told).toEqual(['added a uid-1', 'added b uid-2', 'modified a uid-1', 'deleted b uid-2']);
    expect(sizes()).toEqual([3]);
    const watch = fixture.server.requests.find(({ query }) => query.has('watch'));
    expect(watch?.query.get('resourceVersion')).toBe('101');
    expect(watch?.query.get('allowWatchBookmarks')).toBe('true');
    expect(Number(watch?.query.get('timeoutSeconds'))).toBeGreaterThanOrEqual(240);
  });

  it('goes on where a broken watch left off, without listing again', async () => {
    start();
    await watching();
    fixture.widget('a');
    await until(() => told.length === 1);
    for (const response of fixture.server.watches) response.destroy();
    fixture.widget('b');
    await clock.advanceUntil(() => told.length === 2);
    expect(lists()).toBe(1);
    expect(watches()).toBe(2);
  });

  it('reopens a watch that ended in good order at once, from the last bookmark', async () => {
    start();
    await watching();
    await clock.advance(5000);
    for (const response of fixture.server.watches)
      response.write(watchLine('BOOKMARK', { metadata: { resourceVersion: '900' } }));
    await until(() => cache.synced);
    endWatches();
    await until(() => watches() === 2);
    expect(fixture.server.requests.at(-1)?.query.get('resourceVersion')).toBe('900');
    expect(fixture.complaints()).toEqual([]);
  });

  it('notices that an object was replaced under its name', async () => {
    fixture.widget('a', { metadata: { name: 'a', uid: 'first' } });
    start();
    await watching();
    endWatches();
    fixture.server.objects.remove(`${WIDGET_PATH}/a`);
    fixture.widget('a', { metadata: { name: 'a', uid: 'second' } });
    // The history between is lost, as after a long partition.
    fixture.server.faults.push(
      onWatch(once((_request, response) => (send(response, statusAnswer(410, 'Expired')), true))),
    );
    await clock.advanceUntil(() => told.length === 3);
    expect(told).toEqual(['added a first', 'deleted a first', 'added a second']);
  });

  it('gives a watch up on which nothing was received for 75 s, and opens another', async () => {
    fixture.server.faults.push(
      onWatch(
        once((_request, response) => {
          response.writeHead(200);
          response.flushHeaders();
          return true;
        }),
      ),
    );
    start();
    await until(() => watches() === 1 && cache.synced);
    await clock.advance(74_000);
    expect(watches()).toBe(1);
    await clock.advance(2000);
    await watching();
    fixture.widget('a');
    await until(() => told.length === 1);
    expect(lists()).toBe(1);
    expect(fixture.complaints()).toEqual([]);
  });

  it('lists again after 410, whether it comes as status or as event', async () => {
    fixture.widget('a');
    fixture.server.faults.push(
      onWatch(once((_request, response) => (send(response, statusAnswer(410, 'Expired')), true))),
    );
    start();
    await clock.advanceUntil(() => lists() === 2);
    await watching();
    for (const response of fixture.server.watches)
      response.write(watchLine('ERROR', statusAnswer(410, 'Expired').body));
    await clock.advanceUntil(() => lists() === 3);
    expect(told).toEqual(['added a uid-1']);
  });

  it('starts the list over when its continue token expires', async () => {
    for (let index = 0; index < 501; index++) fixture.widget(`w${index}`);
    fixture.server.faults.push(
      once(({ query }, response) => query.has('continue') && (send(response, statusAnswer(410, 'Expired')), true)),
    );
    start();
    await until(() => cache.synced);
    expect(cache.list()).toHaveLength(501);
    expect(lists()).toBe(4);
  });

  it('takes a line that was cut off for a broken watch, counts it and goes on', async () => {
    start();
    await watching();
    for (const response of fixture.server.watches) response.end('{"type":"ADDED","object":{"metad');
    fixture.widget('a');
    await clock.advanceUntil(() => told.length === 1);
    expect(await fixture.connection.registry.metrics()).toContain(
      'kopf_cache_watch_failures_total{resource="widgets.example.dev",reason="BrokenStream"} 1',
    );
  });

  it('survives 500 on the watch, and tells its problem while it lasts', async () => {
    let broken = true;
    fixture.server.faults.push(
      onWatch((_request, response) => broken && (send(response, statusAnswer(500, 'InternalError')), true)),
    );
    start();
    await until(() => cache.problem !== undefined);
    expect(cache.problem?.message).toBe(
      'cannot watch widgets.example.dev at the cluster scope: InternalError: InternalError',
    );
    broken = false;
    fixture.widget('a');
    await clock.advanceUntil(() => told.length === 1);
    expect(cache.problem).toBeUndefined();
  });

  it('asks for a forbidden resource at leisure once that lasts, names verb and resource, and recovers', async () => {
    let forbidden = true;
    fixture.server.faults.push(
      (_request, response) => forbidden && (send(response, statusAnswer(403, 'Forbidden')), true),
    );
    const started = clock.now();
    start();
    await until(() => cache.problem !== undefined);
    expect(cache.problem?.message).toMatch(/^cannot list widgets\.example\.dev at the cluster scope: Forbidden/);
    await clock.advanceUntil(() => clock.now() > started + 20_000);
    const soon = lists();
    expect(soon).toBeGreaterThan(3);
    await clock.advance(9000);
    expect(lists()).toBeLessThanOrEqual(soon + 1);
    forbidden = false;
    await clock.advanceUntil(() => cache.synced);
    expect(cache.problem).toBeUndefined();
  });

  it('does not take what a server says that comes back for a refusal that lasts, however long it was away', async () => {
    let status = 500;
    const answers: number[] = [];
    fixture.server.faults.push((_request, response) => {
      if (status === 200) return false;
      answers.push(status);
      return (send(response, statusAnswer(status, 'No')), true);
    });
    const started = clock.now();
    start();
    await clock.advanceUntil(() => clock.now() > started + 60_000);
    status = 403;
    await clock.advanceUntil(() => answers.includes(403));
    const refused = clock.now();
    await clock.advanceUntil(() => clock.now() > refused + 3000);
    status = 200;
    await clock.advanceUntil(() => cache.synced);
    expect(clock.now() - refused).toBeLessThan(10_000);
  });

  it('does not fall into a hot loop when watches end at once', async () => {
    fixture.server.faults.push(onWatch((_request, response) => (response.writeHead(200).end(), true)));
    start();
    await until(() => cache.problem !== undefined);
    const before = watches();
    await clock.advance(500);
    expect(watches()).toBe(before);
  });

  it('waits for the first list, or until it is told not to', async () => {
    fixture.server.faults.push(({ query }) => query.has('limit'));
    start();
    const abort = new AbortController();
    const waiting = cache.whenSynced(abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('is not stopped by a listener that throws', async () => {
    const operator = fixture.operator();
    cache = operator.cache(WIDGETS, {
      onEvent() {
        throw new Error('oops');
      },
    });
    stop = fixture.run(operator);
    await watching();
    fixture.widget('a');
    await until(() => cache.list().length === 1);
    expect(fixture.complaints()).toEqual(['a watch listener threw']);
  });
});

describe('caches', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await startFixture();
  });
  afterEach(() => fixture.close());
  const lists = (): number => fixture.server.requests.filter(({ query }) => query.has('limit')).length;

  it('share one watch per resource, selection and projection, opened and closed at any time', async () => {
    const project = (object: Widget): Widget => ({ metadata: { name: object.metadata.name } });
    const operator = fixture.operator();
    fixture.widget('a');
    const first = operator.cache(WIDGETS);
    const stop = fixture.run(operator);
    await until(() => first.synced);
    const told: string[] = [];
    const second = operator.cache(WIDGETS, {
      onEvent: ({ type, object }) => told.push(`${type} ${object.metadata.name}`),
    });
    expect(told).toEqual([]);
    await until(() => told.length === 1);
    expect(lists()).toBe(1);
    const projected = operator.cache(WIDGETS, { project });
    await projected.whenSynced(AbortSignal.timeout(2000));
    expect(lists()).toBe(2);
    expect(projected.list()).toEqual([{ metadata: { name: 'a' } }]);
    const selected = operator.cache(WIDGETS, { selection: { labelSelector: 'x=y' } });
    await until(() => selected.synced);
    expect(lists()).toBe(3);
    projected.close();
    selected.close();
    first.close();
    await until(() => fixture.server.watches.size === 1);
    fixture.widget('b');
    await until(() => told.length === 2);
    second.close();
    await until(() => fixture.server.watches.size === 0);
    await stop();
  });

  it('drop managedFields unless the projection wants them', async () => {
    fixture.widget('a', { metadata: { name: 'a', managedFields: [{ manager: 'me' }] } });
    const operator = fixture.operator();
    const plain = operator.cache(WIDGETS);
    const whole = operator.cache(WIDGETS, { project: (object) => object });
    const stop = fixture.run(operator);
    await until(() => plain.synced && whole.synced);
    expect(plain.list()[0]?.metadata.managedFields).toBeUndefined();
    expect(whole.list()[0]?.metadata.managedFields).toEqual([{ manager: 'me' }]);
    await stop();
  });
});
