import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../errors.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { createMemoryLog, type MemoryLog } from '../testing/memory-log.ts';
import { until } from '../testing/until.ts';
import type { Client, EventInput } from '../types.ts';
import { createRecorder, type Recorder } from './recorder.ts';

const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'u1' } };
const event = (note: string): EventInput => ({
  regarding: node,
  type: 'Normal',
  reason: 'Tested',
  action: 'Test',
  note,
});

describe('the event recorder', () => {
  let clock: FakeClock;
  let log: MemoryLog;
  let registry: Registry;
  let recorder: Recorder;
  let sent: string[];
  let fail: (() => Promise<void>) | undefined;
  const never = new AbortController().signal;
  beforeEach(() => {
    clock = createFakeClock();
    log = createMemoryLog();
    registry = new Registry();
    sent = [];
    fail = undefined;
    const client: Pick<Client, 'create' | 'mergePatch'> = {
      async create(_resource, object) {
        await fail?.();
        sent.push(`create ${JSON.stringify((object as { note?: string }).note)}`);
        return object;
      },
      async mergePatch(_resource, ref, patch) {
        await fail?.();
        sent.push(`patch ${ref.name.split('.')[0]} ${JSON.stringify(patch)}`);
        return { metadata: { name: ref.name } } as never;
      },
    };
    recorder = createRecorder({
      client,
      reporter: { controller: 'test', instance: 'me' },
      clock,
      random: () => 0.5,
      log,
      registry,
      signal: never,
    });
  });

  it('posts an event in the background, and repetitions as a series of the same object', async () => {
    recorder.record(event('x'));
    expect(sent).toEqual([]);
    await recorder.flush(never);
    await clock.advance(60_000);
    recorder.record(event('x'));
    await recorder.flush(never);
    expect(sent).toEqual([
      'create "x"',
      'patch n1 {"series":{"count":2,"lastObservedTime":"2026-01-01T00:01:00.000000Z"}}',
    ]);
  });

  it('begins a new event when the last was more than six minutes ago', async () => {
    recorder.record(event('x'));
    await recorder.flush(never);
    await clock.advance(6 * 60_000);
    recorder.record(event('x'));
    await recorder.flush(never);
    expect(sent).toEqual(['create "x"', 'create "x"']);
  });

  it('counts what happens while a post is under way into the next one', async () => {
    recorder.record(event('x'));
    await recorder.flush(never);
    const gate = Promise.withResolvers<void>();
    fail = () => gate.promise;
    for (let times = 0; times < 5; times++) recorder.record(event('x'));
    fail = undefined;
    gate.resolve();
    await recorder.flush(never);
    expect(sent.at(-1)).toContain('"count":6');
    expect(sent.length).toBeLessThanOrEqual(3);
  });

  it('posts four at a time, and one series never twice at once', async () => {
    const gate = Promise.withResolvers<void>();
    let open = 0;
    let most = 0;
    fail = async () => {
      most = Math.max(most, ++open);
      await gate.promise;
      open -= 1;
    };
    for (let number = 0; number < 10; number++) recorder.record(event(`note ${number}`));
    recorder.record(event('note 0'));
    await until(() => open === 4);
    gate.resolve();
    await recorder.flush(never);
    expect(most).toBe(4);
    expect(sent.filter((line) => line.startsWith('create'))).toHaveLength(10);
    expect(sent.filter((line) => line.startsWith('patch'))).toEqual([expect.stringContaining('"count":2')]);
  });

  it('lets an object have 25 events at once and then one per 300 s, counting what it discards', async () => {
    for (let number = 0; number < 40; number++) recorder.record(event(`note ${number}`));
    await recorder.flush(never);
    expect(sent).toHaveLength(25);
    await clock.advance(300_000);
    recorder.record(event('later'));
    await recorder.flush(never);
    expect(sent).toHaveLength(26);
    expect(await registry.metrics()).toContain('kopf_events_total{outcome="discarded"} 15');
  });

  it('never fails its caller: an event that cannot be posted is logged and counted', async () => {
    fail = () => Promise.reject(new Error('no rights'));
    recorder.record(event('x'));
    await recorder.flush(never);
    expect(log.lines).toMatchObject([
      { level: 'warn', message: 'an event could not be posted', fields: { problem: 'no rights' } },
    ]);
    expect(await registry.metrics()).toContain('kopf_events_total{outcome="failed"} 1');
  });

  it('creates the event anew when the one it would count up has expired', async () => {
    recorder.record(event('x'));
    await recorder.flush(never);
    fail = () =>
      Promise.reject(
        new ApiError('gone', {
          status: 404,
          reason: 'NotFound',
          verb: 'patch',
          resource: 'events',
          outcome: 'refused',
        }),
      );
    recorder.record(event('x'));
    await recorder.flush(never);
    fail = undefined;
    recorder.record(event('x'));
    await recorder.flush(never);
    expect(sent).toEqual(['create "x"', 'create "x"']);
  });

  it('does not hold a shutdown up for ever', async () => {
    fail = () => new Promise(() => undefined);
    recorder.record(event('x'));
    const abort = new AbortController();
    let flushed = false;
    void recorder.flush(abort.signal).then(() => (flushed = true));
    await clock.advance(1000);
    expect(flushed).toBe(false);
    abort.abort();
    await until(() => flushed);
  });
});
