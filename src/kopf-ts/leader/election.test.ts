import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError, LeadershipLost } from '../errors.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { createMemoryLog } from '../testing/memory-log.ts';
import { createElection, type Election } from './election.ts';
import { heldLease, holderOf, type Lease } from './lease.ts';
import type { LeaseApi } from './lease-api.ts';

function apiError(status: number, reason: string): ApiError {
  return new ApiError(reason, { status, reason, verb: 'update', resource: 'leases', outcome: 'refused' });
}

/** The one Lease, in memory, with the API's optimistic locking; `fail` stands between it and the candidates. */
class FakeLease implements LeaseApi {
  stored: Lease | undefined;
  writes = 0;
  fail: (() => Promise<void>) | undefined;
  #version = 0;

  async read(): Promise<Lease | undefined> {
    await this.fail?.();
    return this.stored;
  }

  async create(lease: Lease): Promise<Lease> {
    await this.fail?.();
    if (this.stored !== undefined) throw apiError(409, 'AlreadyExists');
    return this.put(lease);
  }

  async replace(lease: Lease): Promise<Lease> {
    await this.fail?.();
    if (lease.metadata.resourceVersion !== this.stored?.metadata.resourceVersion) throw apiError(409, 'Conflict');
    return this.put(lease);
  }

  put(lease: Lease): Lease {
    this.writes += 1;
    this.#version += 1;
    this.stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } };
    return this.stored;
  }
}

const timing = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };
const target = { namespace: 'ns', name: 'lock' };

describe('leader election', () => {
  let clock: FakeClock;
  let lease: FakeLease;
  const log = createMemoryLog();
  const never = new AbortController().signal;
  beforeEach(() => {
    clock = createFakeClock();
    lease = new FakeLease();
  });
  function candidate(identity: string, own: FakeClock = clock): Election {
    const onChange = (): void => undefined;
    return createElection({
      api: lease,
      lease: target,
      identity,
      timing,
      clock: own,
      random: () => 0,
      log,
      onChange,
      beat: () => undefined,
    });
  }
  /** Starts acquiring; the returned function tells whether it leads. */
  function compete(election: Election): () => boolean {
    let leads = false;
    void election.acquire(never).then((won) => (leads = won));
    return () => leads;
  }
  async function leader(identity: string): Promise<Election> {
    const election = candidate(identity);
    const leads = compete(election);
    await clock.advance(0);
    expect(leads()).toBe(true);
    return election;
  }
  const offline = (): Promise<never> => Promise.reject(apiError(0, 'ECONNREFUSED'));

  it('lets exactly one lead, and renews', async () => {
    const first = await leader('a');
    const second = compete(candidate('b'));
    await clock.advance(60_000);
    expect(first.leading).toBe(true);
    expect(second()).toBe(false);
    expect(lease.writes).toBe(31);
    expect(lease.stored?.spec?.leaseTransitions).toBe(0);
  });

  it('takes over from a holder that has fallen silent, a lease duration after its last renewal was seen', async () => {
    lease.put(heldLease({ metadata: target }, 'dead', 15_000, 0));
    const leads = compete(candidate('b'));
    await clock.advance(14_000);
    expect(leads()).toBe(false);
    await clock.advance(2000);
    expect(leads()).toBe(true);
    expect(lease.stored?.spec?.leaseTransitions).toBe(1);
  });

  it('does not compare clocks: a holder whose clock is hours behind is alive as long as it renews', async () => {
    const behind = createFakeClock(clock.now() - 7_200_000);
    const other = candidate('other', behind);
    void other.acquire(never);
    await behind.advance(0);
    const leads = compete(candidate('b'));
    for (let round = 0; round < 30; round++) {
      await behind.advance(2000);
      await clock.advance(2000);
    }
    expect(leads()).toBe(false);
    expect(other.leading).toBe(true);
  });

  it('does not take a living holder for dead because its own clock jumped', async () => {
    lease.put(heldLease({ metadata: target }, 'alive', 15_000, 0));
    const leads = compete(candidate('b'));
    await clock.advance(4000);
    clock.jump(3_600_000);
    await clock.advance(4000);
    expect(leads()).toBe(false);
  });

  it('takes a released lease at once', async () => {
    const first = await leader('a');
    const second = compete(candidate('b'));
    await clock.advance(2000);
    await first.release(never);
    expect(first.leading).toBe(false);
    expect(holderOf(lease.stored ?? { metadata: target })).toBeUndefined();
    await clock.advance(3000);
    expect(second()).toBe(true);
  });

  it('survives failing renewals for less than the renew deadline', async () => {
    const first = await leader('a');
    lease.fail = offline;
    await clock.advance(7000);
    lease.fail = undefined;
    await clock.advance(60_000);
    expect(first.leading).toBe(true);
  });

  it('stops itself at the renew deadline, before anybody else may start', async () => {
    const first = await leader('a');
    await clock.advance(2000);
    const second = compete(candidate('b'));
    await clock.advance(0);
    // From here on every request hangs, as behind a partition that swallows packets.
    lease.fail = () => new Promise(() => undefined);
    await clock.advance(9000);
    expect(() => first.fence.check()).not.toThrow();
    await clock.advance(1001);
    expect(() => first.fence.check()).toThrow(LeadershipLost);
    expect(first.fence.signal.reason).toBeInstanceOf(LeadershipLost);
    expect(second()).toBe(false);
  });

  it('refuses writes as soon as a process that was suspended wakes up, before any timer has fired', async () => {
    const first = await leader('a');
    clock.jump(11_000);
    expect(() => first.fence.check()).toThrow('not confirmed');
    expect(first.leading).toBe(false);
    await clock.advance(2000);
    expect(() => first.fence.check()).not.toThrow();
  });

  it('believes no longer in its lease when the clock is set back, until the next renewal', async () => {
    const first = await leader('a');
    clock.jump(-3_600_000);
    expect(() => first.fence.check()).toThrow(LeadershipLost);
    await clock.advance(2000);
    expect(first.leading).toBe(true);
  });

  it('stops at the deadline even when the clock is set back while renewals fail', async () => {
    const first = await leader('a');
    lease.fail = offline;
    await clock.advance(9000);
    clock.jump(-8000);
    await clock.advance(1001);
    expect(first.fence.signal.aborted).toBe(true);
  });

  it('stops at once when it finds another holder', async () => {
    const first = await leader('a');
    lease.put(heldLease(lease.stored ?? { metadata: target }, 'thief', 15_000, clock.now()));
    await clock.advance(2000);
    expect(first.fence.signal.reason).toMatchObject({ message: 'leadership lost: the lease is held by thief' });
  });

  it('stops when the lease was deleted', async () => {
    const first = await leader('a');
    lease.stored = undefined;
    await clock.advance(2000);
    expect(first.fence.signal.reason).toMatchObject({ message: 'leadership lost: the lease was deleted' });
  });

  it('goes on after a conflict with itself: a renewal whose answer was lost, or an edited label', async () => {
    const first = await leader('a');
    const current = lease.stored ?? { metadata: target };
    lease.put({ ...current, metadata: { ...current.metadata, labels: { edited: 'yes' } } });
    await clock.advance(9000);
    expect(first.leading).toBe(true);
    expect(lease.stored?.metadata.labels).toEqual({ edited: 'yes' });
  });

  it('of two that reach for a free lease at the same time, one gets it', async () => {
    const [a, b] = [compete(candidate('a')), compete(candidate('b'))];
    await clock.advance(0);
    expect([a(), b()].filter(Boolean)).toHaveLength(1);
  });

  it('keeps trying while the API server is away, and ends with the signal', async () => {
    lease.fail = offline;
    const abort = new AbortController();
    const result = candidate('a').acquire(abort.signal);
    await clock.advance(30_000);
    abort.abort();
    expect(await result).toBe(false);
  });

  it('lets a renewal that is under way finish before it releases', async () => {
    const first = await leader('a');
    const answer = Promise.withResolvers<void>();
    lease.fail = () => answer.promise;
    await clock.advance(2000);
    const released = first.release(never);
    lease.fail = undefined;
    answer.resolve();
    await released;
    expect(lease.writes).toBe(3);
    expect(holderOf(lease.stored ?? { metadata: target })).toBeUndefined();
  });

  it('does not release what it no longer holds', async () => {
    const first = await leader('a');
    lease.put(heldLease(lease.stored ?? { metadata: target }, 'thief', 15_000, clock.now()));
    await first.release(never);
    expect(holderOf(lease.stored ?? { metadata: target })).toBe('thief');
  });
});
