import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { until } from '../kopf-ts/testing/until.ts';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import type { PodFacts, ProbeFacts } from '../rollout/observed.ts';
import { Prober, type Door, type Target } from './prober.ts';
import { createFakeClient, refused, type Answer, type FakeClient } from './testing/fake-client.ts';
import { fakeKubeProxy, metricsText, type FakeKubeProxy } from './testing/fake-kube-proxy.ts';
import { pod } from './testing/facts.ts';

const TARGET = { namespace: 'kube-system', container: 'kube-proxy', port: 10249 };

type Bench = {
  readonly prober: Prober;
  readonly clock: FakeClock;
  readonly client: FakeClient;
  readonly kubeProxy: FakeKubeProxy;
  /** How often it was said that something has changed. */
  readonly changes: () => number;
  facts(of?: PodFacts): ProbeFacts;
  /** Waits, in real time, until that many readings are in a row. */
  heard(count: number, of?: PodFacts): Promise<void>;
};

const n1 = pod('n1');
const probers: Prober[] = [];

afterEach(async () => {
  for (const prober of probers.splice(0)) prober.stop();
  // A rejection that nobody handles would show now.
  await setImmediate();
  await setImmediate();
});

function bench(answer?: Answer): Bench {
  const clock = createFakeClock();
  const kubeProxy = fakeKubeProxy();
  const client = createFakeClient((request) => {
    const own = answer?.(request);
    return own ?? (request.verb === 'forward' ? kubeProxy.dial() : undefined);
  });
  let changes = 0;
  const prober = new Prober({ client, clock, log: createMemoryLog(), changed: () => void changes++ });
  probers.push(prober);
  const facts = (of: PodFacts = n1): ProbeFacts => {
    const known = prober.facts(of);
    if (known === undefined) throw new Error(`nothing is known of ${of.name}`);
    return known;
  };
  return {
    prober,
    clock,
    client,
    kubeProxy,
    changes: () => changes,
    facts,
    heard: (count, of) => until(() => facts(of).readings.length === count, `${count} reading(s)`),
  };
}

describe('whom the prober asks', () => {
  it('is exactly who is wanted, and runs, and stays', async () => {
    const { prober, client, kubeProxy, heard } = bench();
    const wanted = [n1, pod('n2'), pod('n3', { running: false }), pod('n4', { deleting: true })];
    prober.ask(wanted, TARGET);
    await Promise.all([heard(1), heard(1, wanted[1])]);
    expect(client.story).toEqual(['forward pods kube-proxy-n1', 'forward pods kube-proxy-n2']);
    expect(client.sent[0]).toMatchObject({ namespace: 'kube-system', body: { port: 10249 } });
    expect(prober.facts(pod('n3'))).toBeUndefined();
    expect(prober.facts(pod('n5'))).toBeUndefined();
    expect(kubeProxy.open).toBe(2);
  });

  it('is asked over one connection however often it is wanted', async () => {
    const { prober, kubeProxy, heard, clock } = bench();
    prober.ask([n1], TARGET);
    prober.ask([n1, n1], TARGET);
    await heard(1);
    prober.ask([n1], TARGET);
    await clock.advance(250);
    await heard(2);
    expect([kubeProxy.ends.length, kubeProxy.interleaved]).toEqual([1, 0]);
  });

  it('is left alone when it is wanted no more, and what it said is kept', async () => {
    const { prober, kubeProxy, clock, heard, facts, changes } = bench();
    prober.ask([n1, pod('n2')], TARGET);
    await Promise.all([heard(1), heard(1, pod('n2'))]);
    prober.ask([pod('n2')], TARGET);
    prober.ask([], TARGET);
    await until(() => kubeProxy.open === 0);
    const [asked, told] = [kubeProxy.asked.length, changes()];
    await clock.advance(60_000);
    expect([kubeProxy.asked.length, changes(), clock.sleepers]).toEqual([asked, told, 0]);
    expect(facts().readings).toHaveLength(1);
    expect(facts().error).toBeUndefined();
  });

  it('goes on where it was when it is wanted again', async () => {
    const { prober, kubeProxy, clock, heard, facts } = bench();
    prober.ask([n1], TARGET);
    await heard(1);
    prober.ask([], TARGET);
    await clock.advance(10_000);
    prober.ask([n1], TARGET);
    await heard(2);
    expect(facts().readings.map(({ at }) => at - clock.now())).toEqual([-10_000, 0]);
    expect(kubeProxy.ends).toHaveLength(2);
  });

  it('is forgotten when it is no more, and only then', async () => {
    const { prober, kubeProxy, heard } = bench();
    prober.ask([n1, pod('n2')], TARGET);
    await Promise.all([heard(1), heard(1, pod('n2'))]);
    prober.retain([pod('n1', { deleting: true }), pod('n2', { restarts: 1 })]);
    expect(prober.facts(n1)).toBeDefined();
    expect(prober.facts(pod('n2'))).toBeUndefined();
    await until(() => kubeProxy.open === 1);
  });

  it('is another after a restart, or under another UID', async () => {
    const { prober, heard, facts, kubeProxy } = bench();
    prober.ask([n1], TARGET);
    await heard(1);
    const next = [pod('n1', { restarts: 1 }), pod('n1', { uid: 'another' })];
    expect(next.map((one) => prober.facts(one))).toEqual([undefined, undefined]);
    kubeProxy.mode = 'nftables';
    prober.ask(next, TARGET);
    await Promise.all(next.map((one) => heard(1, one)));
    expect(next.map((one) => facts(one).podUID)).toEqual([n1.uid, 'another']);
    expect(facts(next[0]).restarts).toBe(1);
    expect(facts().readings.map(({ mode }) => mode)).toEqual(['iptables']);
    await until(() => kubeProxy.open === 2);
  });
});

describe('a door', () => {
  const dialled: unknown[] = [];
  const through = (kubeProxy: FakeKubeProxy, door: Partial<Door> = {}): Target => ({
    ...TARGET,
    door: {
      dial: async ({ node }, port, { timeout }) => {
        dialled.push([node, port, timeout]);
        return kubeProxy.dial();
      },
      ...door,
    },
  });

  it('is gone through instead of kube-proxy’s own pod', async () => {
    const { prober, client, kubeProxy, heard } = bench();
    prober.ask([n1], through(kubeProxy));
    await heard(1);
    expect(dialled.splice(0)).toEqual([['n1', 10249, 5000]]);
    expect(client.sent).toEqual([]);
  });

  it('that does not open is told of like a kube-proxy that does not answer', async () => {
    const { prober, kubeProxy, facts } = bench();
    const dial = (): Promise<never> => Promise.reject(new Error('pod ours/helper does not start: ErrImagePull'));
    prober.ask([n1], through(kubeProxy, { dial }));
    await setImmediate();
    expect(facts().error).toMatchObject({
      message: 'pod ours/helper does not start: ErrImagePull',
      tries: 1,
      forbidden: false,
    });
  });

  it('has the last words of what is no pod; those of a pod are in its log', async () => {
    const { prober, client, kubeProxy } = bench((request) =>
      request.verb === 'log' ? 'E0101 x] of the pod' : undefined,
    );
    const ended = pod('n1', { running: false, ended: { exitCode: 1, reason: 'Error' } });
    prober.fetchLastWords(ended, through(kubeProxy));
    await until(() => prober.lastWords(ended) !== undefined);
    expect(client.story).toEqual(['log pods kube-proxy-n1']);
    const unit = pod('n2', { running: false, ended: { exitCode: 1, reason: 'Error' } });
    prober.fetchLastWords(unit, through(kubeProxy, { lastLines: () => Promise.resolve('E0101 x] of the unit') }));
    await until(() => prober.lastWords(unit) !== undefined);
    expect(client.sent).toHaveLength(1);
  });
});

describe('readings', () => {
  it('are made every quarter of a second, then every second, over one connection', async () => {
    const { prober, clock, heard, facts, kubeProxy, changes } = bench();
    prober.ask([n1], TARGET);
    for (let count = 1; count <= 20; count++) {
      await heard(count);
      await clock.advance(249);
      expect(facts().readings).toHaveLength(count);
      await clock.advance(1);
    }
    await until(() => changes() === 21);
    const last = facts().readings.at(-1)?.at;
    expect(last).toBe(clock.now());
    await clock.advance(999);
    expect(facts().readings.at(-1)?.at).toBe(last);
    await clock.advance(1);
    await until(() => facts().readings.at(-1)?.at === clock.now());
    expect(facts().readings).toHaveLength(20);
    expect([kubeProxy.ends.length, changes()]).toEqual([1, 22]);
  });

  it('are those of the last run: another answer begins a new one', async () => {
    const { prober, clock, heard, facts, kubeProxy } = bench();
    prober.ask([n1], TARGET);
    await heard(1);
    await clock.advance(250);
    await heard(2);
    kubeProxy.mode = 'nftables';
    await clock.advance(250);
    await heard(1);
    expect(facts().readings).toMatchObject([{ mode: 'nftables', at: clock.now() }]);
    kubeProxy.metrics = metricsText({ failures: 1 });
    await clock.advance(250);
    await until(() => facts().readings[0]?.syncFailures === 1);
    expect(facts().readings).toHaveLength(1);
  });
});

describe('a kube-proxy that does not answer', () => {
  it('is tried again, ever more rarely; since when and how often is counted', async () => {
    const { prober, clock, facts, client, changes } = bench(() => {
      throw new Error('connection refused');
    });
    prober.ask([n1], TARGET);
    await setImmediate();
    const since = clock.now();
    expect(facts()).toEqual({
      podUID: n1.uid,
      restarts: 0,
      page: '',
      readings: [],
      asked: [{ from: since, to: since }],
      error: { message: 'connection refused', since, tries: 1, forbidden: false },
    });
    const waits: number[] = [];
    for (let tries = 2; tries <= 10; tries++) {
      const from = clock.now();
      while (facts().error?.tries !== tries) await clock.advance(10);
      waits.push(clock.now() - from);
    }
    expect(waits[0]).toBe(320);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.slice(-2)).toEqual([5000, 5000]);
    expect(facts().error).toMatchObject({ since, tries: 10 });
    expect([client.sent.length, changes()]).toEqual([10, 10]);
  });

  it('is forgiven when it answers', async () => {
    let broken = true;
    const { prober, clock, heard, facts } = bench(() => {
      if (broken) throw new Error('connection refused');
    });
    prober.ask([n1], TARGET);
    await clock.advance(1000);
    expect(facts().error?.tries).toBe(3);
    broken = false;
    await clock.advance(320 * 1.6 ** 2);
    await heard(1);
    expect(facts().error).toBeUndefined();
  });

  it('keeps what it has said until then', async () => {
    const { prober, clock, heard, facts, kubeProxy } = bench();
    prober.ask([n1], TARGET);
    await heard(1);
    const before = facts().readings;
    kubeProxy.handler = (_request, response) => response.writeHead(503).end();
    await clock.advance(250);
    await until(() => facts().error !== undefined);
    expect(facts()).toMatchObject({
      readings: before,
      error: { message: '/proxyMode answered HTTP 503', since: clock.now(), tries: 1, forbidden: false },
    });
    kubeProxy.handler = undefined;
    await clock.advance(320);
    await heard(2);
    expect(facts().error).toBeUndefined();
    expect(kubeProxy.ends).toHaveLength(2);
  });

  it('is connected to again when the connection went between two readings', async () => {
    const { prober, clock, heard, facts, kubeProxy } = bench();
    prober.ask([n1], TARGET);
    await heard(1);
    kubeProxy.ends[0]?.end();
    await clock.advance(250);
    await until(() => facts().error !== undefined);
    await clock.advance(320);
    await heard(2);
    expect(kubeProxy.ends).toHaveLength(2);
  });

  it.each([
    ['a right that is missing', refused(403, 'cannot create pods/portforward'), true],
    [
      'a webhook that chose another status',
      refused(400, 'cannot create pods/portforward: admission webhook "w" denied the request'),
      true,
    ],
    ['a pod that is gone', refused(404, 'pods "kube-proxy-n1" not found'), false],
  ])('tells the API server’s refusal from the node’s: %s', async (_, cause, forbidden) => {
    const { prober, facts } = bench(() => {
      throw cause;
    });
    prober.ask([n1], TARGET);
    await setImmediate();
    expect(facts().error).toMatchObject({ message: cause.message, forbidden });
  });
});

describe('the time in which a kube-proxy was asked', () => {
  it('goes on while it does not answer, and not while the API server refuses', async () => {
    let cause: Error | undefined = new Error('connection refused');
    const { prober, clock, facts } = bench(() => {
      if (cause !== undefined) throw cause;
    });
    const spans = (): number[][] => facts().asked.map(({ from, to }) => [from - began, to - began]);
    const began = clock.now();
    prober.ask([n1], TARGET);
    await clock.advance(60_000);
    const inVain = spans();
    expect(inVain).toEqual([[0, expect.closeTo(60_000, -4)]]);
    cause = refused(403, 'violates PodSecurity');
    await clock.advance(150_000);
    expect(spans(), 'nothing was asked').toEqual(inVain);
    cause = undefined;
    await clock.advance(5000);
    await until(() => facts().readings.length > 0);
    expect(spans()).toEqual([...inVain, [expect.closeTo(212_500, -4), expect.closeTo(212_500, -4)]]);
  });

  it('has a gap when nobody wanted to know', async () => {
    const { prober, clock, facts, heard } = bench();
    prober.ask([n1], TARGET);
    await heard(1);
    prober.ask([], TARGET);
    await clock.advance(60_000);
    prober.ask([n1], TARGET);
    await heard(2);
    const now = clock.now();
    expect(facts().asked).toEqual([now - 60_000, now].map((at) => ({ from: at, to: at })));
  });
});

describe('connections', () => {
  it('are opened 128 at a time', async () => {
    const opening: PromiseWithResolvers<never>[] = [];
    const { prober, client } = bench(() => {
      const one = Promise.withResolvers<never>();
      opening.push(one);
      return one.promise;
    });
    const pods = Array.from({ length: 200 }, (_, index) => pod(`n${index}`));
    prober.ask(pods, TARGET);
    expect(client.sent).toHaveLength(128);
    // Another comes in the instant a place is handed on.
    opening[0]?.reject(new Error('refused'));
    opening[1]?.reject(new Error('refused'));
    for (let round = 0; round < 5; round++) {
      await Promise.resolve();
      prober.ask([...pods, pod(`late${round}`)], TARGET);
    }
    await setImmediate();
    expect(client.sent).toHaveLength(130);
    for (let index = 2; index < opening.length; index++) {
      opening[index]?.reject(new Error('refused'));
      await setImmediate();
      expect(client.sent.length - index - 1).toBeLessThanOrEqual(128);
    }
    expect(client.sent.length).toBeGreaterThanOrEqual(200);
  });

  it('make room after twelve readings when others wait', async () => {
    const { prober, kubeProxy, clock, facts } = bench();
    const pods = Array.from({ length: 130 }, (_, index) => pod(`n${index}`));
    prober.ask(pods, TARGET);
    await clock.advanceUntil(() => pods.every((one) => facts(one).readings.length > 0));
    expect(kubeProxy.open).toBeLessThanOrEqual(128);
  });

  it('go on when nobody waits', async () => {
    const { prober, client, clock, facts } = bench();
    prober.ask([n1], TARGET);
    await setImmediate();
    const later = clock.now() + 10_000;
    await clock.advanceUntil(() => (facts().readings.at(-1)?.at ?? 0) > later);
    expect(client.sent.filter(({ verb }) => verb === 'forward')).toHaveLength(1);
  });

  it('are not opened any more for those whose turn comes too late', async () => {
    const opening: PromiseWithResolvers<never>[] = [];
    const { prober, client } = bench(() => {
      const one = Promise.withResolvers<never>();
      opening.push(one);
      return one.promise;
    });
    prober.ask(
      Array.from({ length: 200 }, (_, index) => pod(`n${index}`)),
      TARGET,
    );
    prober.ask([], TARGET);
    for (const one of opening) one.reject(new Error('aborted'));
    await setImmediate();
    expect(client.sent).toHaveLength(128);
  });
});

describe('stop', () => {
  async function stopped({ prober, kubeProxy, clock, client }: Bench): Promise<void> {
    prober.stop();
    await until(() => kubeProxy.open === 0 && clock.sleepers === 0);
    const sent = client.sent.length;
    await clock.advance(60_000);
    expect([client.sent.length, prober.facts(n1)]).toEqual([sent, undefined]);
  }

  it('ends a connection that is being opened', async () => {
    const opening = Promise.withResolvers<never>();
    const here = bench(({ body }) => {
      const { signal } = body as { signal: AbortSignal };
      signal.addEventListener('abort', () => opening.reject(signal.reason));
      return opening.promise;
    });
    here.prober.ask([n1], TARGET);
    await stopped(here);
    expect(here.changes()).toBe(0);
  });

  it('ends a connection that opens too late', async () => {
    const opening = Promise.withResolvers<unknown>();
    const here = bench(() => opening.promise);
    here.prober.ask([n1], TARGET);
    here.prober.stop();
    opening.resolve(here.kubeProxy.dial());
    await stopped(here);
    expect(here.kubeProxy.asked).toEqual([]);
  });

  it('ends a reading under way', async () => {
    const here = bench();
    here.kubeProxy.handler = () => undefined;
    here.prober.ask([n1], TARGET);
    await until(() => here.kubeProxy.asked.length === 1);
    await stopped(here);
    expect(here.changes()).toBe(0);
  });

  it('ends the wait for the next reading', async () => {
    const here = bench();
    here.prober.ask([n1], TARGET);
    await here.heard(1);
    await stopped(here);
    expect(here.changes()).toBe(1);
  });

  it('ends the wait for the next try', async () => {
    const here = bench(() => {
      throw new Error('connection refused');
    });
    here.prober.ask([n1], TARGET);
    await setImmediate();
    await stopped(here);
    expect(here.changes()).toBe(1);
  });

  it('ends the tries to read a log', async () => {
    const here = bench(() => {
      throw refused(500);
    });
    here.prober.fetchLastWords(n1, TARGET);
    await setImmediate();
    here.prober.stop();
    await here.clock.advance(10_000);
    expect(here.client.sent).toHaveLength(1);
    expect(here.changes()).toBe(0);
  });
});

describe('last words', () => {
  const ended = pod('n1', { running: false, ended: { exitCode: 1, reason: 'Error' } });
  const UNUSABLE = readFixture('log/ipvs-unusable-1.36.txt');

  it('are read once, from the log of the run that has ended', async () => {
    const { prober, client, changes } = bench(() => UNUSABLE);
    prober.fetchLastWords(ended, TARGET);
    expect(prober.lastWords(ended)).toBeUndefined();
    await setImmediate();
    expect(prober.lastWords(ended)).toMatchObject({ line: expect.stringContaining('IPVS') as string, fatal: true });
    prober.fetchLastWords(ended, TARGET);
    await setImmediate();
    expect(client.sent).toEqual([
      {
        verb: 'log',
        resource: 'pods',
        name: 'kube-proxy-n1',
        namespace: 'kube-system',
        body: {
          container: 'kube-proxy',
          previous: false,
          tailLines: 40,
          limitBytes: 65_536,
        },
      },
    ]);
    expect(changes()).toBe(1);
  });

  it('of a container that runs again are those of the run before', async () => {
    const { prober, client } = bench(() => UNUSABLE);
    const again = pod('n1', { restarts: 1 });
    prober.fetchLastWords(ended, TARGET);
    prober.fetchLastWords(again, TARGET);
    await setImmediate();
    expect(client.sent.map(({ body }) => (body as { previous: boolean }).previous)).toEqual([false, true]);
    expect(prober.lastWords(again)).toEqual(prober.lastWords(ended));
  });

  it('are empty when the log is', async () => {
    const { prober } = bench(() => '');
    prober.fetchLastWords(ended, TARGET);
    await setImmediate();
    expect(prober.lastWords(ended)).toEqual({ line: '', fatal: false });
  });

  it('are tried three times, then given up as empty', async () => {
    const { prober, client, clock, changes } = bench(() => {
      throw refused(400, 'previous terminated container not found');
    });
    prober.fetchLastWords(ended, TARGET);
    await clock.advance(199);
    expect(client.sent).toHaveLength(1);
    await clock.advance(1);
    expect(client.sent).toHaveLength(2);
    expect([prober.lastWords(ended), changes()]).toEqual([undefined, 0]);
    await clock.advance(400);
    expect([prober.lastWords(ended), changes()]).toEqual([{ line: '', fatal: false }, 1]);
    prober.fetchLastWords(ended, TARGET);
    await clock.advance(10_000);
    expect(client.sent).toHaveLength(3);
  });

  it('are had when a later try succeeds', async () => {
    let broken = true;
    const { prober, clock } = bench(() => {
      if (broken) throw refused(500);
      return UNUSABLE;
    });
    prober.fetchLastWords(ended, TARGET);
    await setImmediate();
    broken = false;
    await clock.advance(200);
    expect(prober.lastWords(ended)?.fatal).toBe(true);
  });

  it('are forgotten with the process, also while they are being read', async () => {
    const log = Promise.withResolvers<string>();
    const { prober, changes } = bench(() => log.promise);
    prober.fetchLastWords(ended, TARGET);
    prober.retain([pod('n1', { restarts: 1 })]);
    log.resolve(UNUSABLE);
    await setImmediate();
    expect([prober.lastWords(ended), changes()]).toEqual([undefined, 0]);
  });

  it('are kept while the process is there', async () => {
    const { prober } = bench(() => UNUSABLE);
    prober.fetchLastWords(ended, TARGET);
    await setImmediate();
    prober.retain([ended]);
    expect(prober.lastWords(ended)?.fatal).toBe(true);
  });
});
