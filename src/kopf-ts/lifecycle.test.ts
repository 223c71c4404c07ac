import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, ConnectionDestroyed, LeadershipLost } from './errors.ts';
import type { Operator } from './options.ts';
import { LEASES, type Lease } from './leader/lease.ts';
import { createFakeClock, type FakeClock } from './testing/fake-clock.ts';
import { startFixture, WIDGET_PATH, WIDGETS, type Fixture } from './testing/fixture.ts';
import { until } from './testing/until.ts';

const LEASE_PATH = '/apis/coordination.k8s.io/v1/leases/ns/lock';
const leaderElection = { namespace: 'ns', name: 'lock' };

describe('the life of an operator', () => {
  let clock: FakeClock;
  let fixture: Fixture;
  beforeEach(async () => {
    clock = createFakeClock();
    fixture = await startFixture(clock);
  });
  afterEach(() => fixture.close());

  const lease = (): Lease | undefined => fixture.server.objects.get(LEASE_PATH);
  const writes = (): string[] =>
    fixture.server.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
  /** How its run ends: the error it rejects with, if any. */
  const endOf = (operator: Operator): Promise<unknown> =>
    operator.run(new AbortController().signal).then(
      () => undefined,
      (error: unknown) => error,
    );
  /** An operator whose handler writes once per pass, holding the write on the server when `hold` says so. */
  function writing(operator: Operator, outcomes: unknown[]): void {
    operator.on.reconcile(WIDGETS, async ({ client, object, name }) => {
      if (object === undefined) return;
      try {
        await client.mergePatch(WIDGETS, { name }, { status: { size: object.spec?.size } });
        outcomes.push('written');
      } catch (error) {
        outcomes.push(error);
        throw error;
      }
    });
  }

  it('lets handlers finish, sends events, hands the lease over and only then ends', async () => {
    fixture.widget('a', { spec: { size: 1 } });
    const release = Promise.withResolvers<void>();
    const order: string[] = [];
    const operator = fixture.operator({ leaderElection });
    operator.on.reconcile(WIDGETS, async ({ object, event }) => {
      if (object === undefined) return;
      order.push('begun');
      await release.promise;
      event({ regarding: object, type: 'Normal', reason: 'Done', action: 'Test', note: 'done' });
      order.push('finished');
    });
    const stop = fixture.run(operator);
    await until(() => order.length === 1);
    expect(lease()?.spec?.holderIdentity).toBeTruthy();
    expect(operator.isLeader).toBe(true);
    const stopped = stop().then(() => order.push('stopped'));
    await clock.advance(5000);
    expect(order).toEqual(['begun']);
    release.resolve();
    await stopped;
    expect(order).toEqual(['begun', 'finished', 'stopped']);
    expect(lease()?.spec).not.toHaveProperty('holderIdentity');
    expect(fixture.server.requests.some(({ path }) => path === '/apis/events.k8s.io/v1/events/default')).toBe(true);
    expect(operator.isLeader).toBe(false);
    expect(fixture.complaints()).toEqual([]);
    await until(() => fixture.server.watches.size === 0);
  });

  it('cuts handlers short that do not finish within ten seconds', async () => {
    fixture.widget('a');
    let aborted = false;
    const operator = fixture.operator();
    operator.on.reconcile(WIDGETS, async ({ signal }) => {
      await clock.sleep(3_600_000, signal);
      aborted = signal.aborted;
    });
    const stop = fixture.run(operator);
    await until(() => clock.sleepers > 0 && fixture.server.watches.size === 1);
    await clock.advance(10);
    const stopped = stop();
    await clock.advance(9000);
    expect(aborted).toBe(false);
    await clock.advance(1001);
    await stopped;
    expect(aborted).toBe(true);
    expect(fixture.complaints()).toEqual(['handlers did not finish in time and are cut short']);
  });

  it('aborts the write in flight when the lease is lost, writes nothing more, and rejects', async () => {
    fixture.widget('a', { spec: { size: 1 } });
    fixture.server.faults.push(({ method, path }) => method === 'PATCH' && path.startsWith(WIDGET_PATH));
    const outcomes: unknown[] = [];
    const operator = fixture.operator({ leaderElection });
    writing(operator, outcomes);
    const end = endOf(operator);
    await until(() => writes().some((write) => write.startsWith(`PATCH ${WIDGET_PATH}`)));
    const stolen = lease() as Lease;
    fixture.server.objects.put(LEASE_PATH, { ...stolen, spec: { ...stolen.spec, holderIdentity: 'thief' } } as Lease);
    await clock.advanceUntil(() => outcomes.length === 1, 100);
    expect(await end).toBeInstanceOf(LeadershipLost);
    expect(outcomes[0]).toBeInstanceOf(ApiError);
    expect(outcomes[0]).toMatchObject({
      reason: 'Aborted',
      outcome: 'unknown',
      cause: expect.any(LeadershipLost) as LeadershipLost,
    });
    const before = writes().length;
    fixture.widget('a', { spec: { size: 2 } });
    await clock.advance(60_000);
    expect(writes()).toHaveLength(before);
    expect(lease()?.spec?.holderIdentity).toBe('thief');
  });

  it('stops acting when renewals fail for the renew deadline', async () => {
    const operator = fixture.operator({ leaderElection });
    const end = endOf(operator);
    await until(() => operator.isLeader);
    fixture.server.faults.push(({ method, path }, response) => {
      if (method !== 'PUT' || path !== LEASE_PATH) return false;
      response.destroy();
      return true;
    });
    await clock.advanceUntil(() => !operator.isLeader, 500);
    expect(await end).toMatchObject({ message: 'leadership lost: not renewed for 10000 ms' });
  });

  it('stands by with warm caches, and takes over when the leader goes', async () => {
    fixture.widget('a', { spec: { size: 1 } });
    const passes: string[] = [];
    const operators = ['first', 'second'].map((identity) => {
      const operator = fixture.operator({ leaderElection, identity });
      operator.on.reconcile(WIDGETS, async ({ name, object }) => void (object && passes.push(`${identity} ${name}`)));
      return operator;
    });
    const [first, second] = operators as [Operator, Operator];
    const stopFirst = fixture.run(first);
    await until(() => first.isLeader);
    const cache = second.cache(WIDGETS);
    const stopSecond = fixture.run(second);
    await until(() => cache.synced && passes.length === 1);
    fixture.widget('b');
    await until(() => passes.length === 2);
    await clock.advance(30_000);
    expect(second.isLeader).toBe(false);
    await stopFirst();
    await clock.advanceUntil(() => passes.length === 4, 200);
    expect(passes).toEqual(['first a', 'first b', 'second a', 'second b']);
    await stopSecond();
  });

  it('ends at once when the connection is destroyed, as by SIGKILL: no release, no event, no request', async () => {
    fixture.widget('a', { spec: { size: 1 } });
    let carryOutLater: (() => void) | undefined;
    fixture.server.faults.push(({ method, path }, _response, carryOut) => {
      if (method !== 'PATCH' || !path.startsWith(WIDGET_PATH)) return false;
      carryOutLater = carryOut;
      return true;
    });
    const outcomes: unknown[] = [];
    const operator = fixture.operator({ leaderElection, http: { host: '127.0.0.1', port: 0 } });
    writing(operator, outcomes);
    const running = operator.run(new AbortController().signal);
    await until(() => carryOutLater !== undefined);
    const { port } = operator;
    const requests = fixture.server.requests.length;
    fixture.connection.destroy();
    await expect(running).rejects.toThrow(ConnectionDestroyed);
    await until(() => outcomes.length === 1);
    expect(outcomes[0]).toBeInstanceOf(ConnectionDestroyed);
    await until(() => fixture.server.watches.size === 0);
    await clock.advance(60_000);
    expect(clock.sleepers).toBe(0);
    expect(fixture.server.requests).toHaveLength(requests);
    expect(lease()?.spec?.holderIdentity).toBeTruthy();
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });

  describe('seen from outside', () => {
    async function probe(operator: Operator, path: string): Promise<{ status: number; text: string }> {
      const response = await fetch(`http://127.0.0.1:${operator.port}${path}`);
      return { status: response.status, text: await response.text() };
    }

    it('is alive from the start, ready with its caches (leader or not), and shows its metrics', async () => {
      let blocked = true;
      fixture.server.faults.push(({ path, query }, response) => {
        if (!blocked || path !== WIDGET_PATH || !query.has('limit')) return false;
        response.destroy();
        return true;
      });
      fixture.server.objects.put(LEASE_PATH, {
        metadata: { name: 'lock', namespace: 'ns' },
        spec: { holderIdentity: 'other', leaseDurationSeconds: 15 },
      } as Lease);
      const operator = fixture.operator({ leaderElection, http: { host: '127.0.0.1', port: 0 } });
      const cache = operator.cache(WIDGETS);
      const stop = fixture.run(operator);
      await until(() => operator.port !== undefined);
      expect(await probe(operator, '/healthz')).toEqual({ status: 200, text: 'ok\n' });
      expect(await probe(operator, '/readyz')).toEqual({ status: 503, text: 'widgets: not synced yet\n' });
      blocked = false;
      await clock.advanceUntil(() => cache.synced);
      expect(await probe(operator, '/readyz')).toEqual({ status: 200, text: 'ok\n' });
      const metrics = await probe(operator, '/metrics');
      expect(metrics.text).toContain('leader_election_master_status{name="lock"} 0');
      expect(metrics.text).toContain('kopf_cache_objects{resource="widgets.example.dev"} 0');
      expect((await probe(operator, '/else')).status).toBe(404);
      await stop();
    });

    it('is no longer alive when a loop has been silent for three minutes', async () => {
      const operator = fixture.operator({ http: { host: '127.0.0.1', port: 0 } });
      const stop = fixture.run(operator);
      await until(() => operator.port !== undefined && clock.sleepers > 0);
      clock.jump(181_000);
      expect((await probe(operator, '/healthz')).status).toBe(503);
      await clock.advance(5000);
      expect((await probe(operator, '/healthz')).status).toBe(200);
      await stop();
    });

    it('fails to run when its port is taken', async () => {
      const other = fixture.operator({ http: { host: '127.0.0.1', port: 0 } });
      const stop = fixture.run(other);
      await until(() => other.port !== undefined);
      const operator = fixture.operator({ http: { host: '127.0.0.1', port: other.port ?? 0 } });
      await expect(operator.run(new AbortController().signal)).rejects.toThrow('EADDRINUSE');
      await stop();
    });
  });

  it('works on a real lease object: creates, renews and releases it', async () => {
    const operator = fixture.operator({ leaderElection, identity: 'me' });
    const stop = fixture.run(operator);
    await until(() => operator.isLeader);
    const first = (await fixture.connection.client.get(LEASES, { namespace: 'ns', name: 'lock' })) as Lease;
    expect(first).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      spec: { holderIdentity: 'me', leaseDurationSeconds: 15 },
    });
    await clock.advance(2000);
    await until(() => lease()?.spec?.renewTime !== first.spec?.renewTime);
    await stop();
    expect(lease()?.spec).toMatchObject({ leaseDurationSeconds: 1 });
  });
});
