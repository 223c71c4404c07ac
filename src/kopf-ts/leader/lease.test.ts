import { describe, expect, it } from 'vitest';
import { createObservation, heldLease, holderOf, releasedLease, type Lease } from './lease.ts';

const free: Lease = { metadata: { name: 'l', namespace: 'ns' } };
const T0 = Date.UTC(2026, 0, 1);

describe('a lease', () => {
  it('is taken with MicroTime stamps and no transition when it was never held', () => {
    expect(heldLease(free, 'me', 15_000, T0 + 0.25).spec).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000250Z',
      renewTime: '2026-01-01T00:00:00.000250Z',
      leaseTransitions: 0,
    });
  });

  it('keeps its acquire time when renewed, and counts a transition when taken over', () => {
    const mine = heldLease(free, 'me', 15_000, T0);
    const renewed = heldLease(mine, 'me', 15_000, T0 + 2000);
    expect(renewed.spec).toMatchObject({
      acquireTime: mine.spec?.acquireTime,
      renewTime: '2026-01-01T00:00:02.000000Z',
      leaseTransitions: 0,
    });
    expect(heldLease(renewed, 'you', 15_000, T0 + 9000).spec).toMatchObject({
      holderIdentity: 'you',
      leaseTransitions: 1,
    });
  });

  it('is released without a holder and with a duration nobody has to wait for', () => {
    const released = releasedLease(heldLease(free, 'me', 15_000, T0), T0);
    expect(holderOf(released)).toBeUndefined();
    expect(released.spec).not.toHaveProperty('holderIdentity');
    expect(released.spec?.leaseDurationSeconds).toBe(1);
  });
});

describe("the observation of another holder's lease", () => {
  const held = heldLease(free, 'you', 15_000, T0 - 3_600_000);

  it('counts only local time, whatever the lease says about itself', () => {
    const { observe } = createObservation(4000);
    expect(observe(held, 1000)).toBe(0);
    expect(observe(held, 3000)).toBe(2000);
    expect(observe(heldLease(held, 'you', 15_000, T0), 5000)).toBe(0);
  });

  it('believes a clock that jumped forward only for one step, and one set back not at all', () => {
    const { observe } = createObservation(4000);
    observe(held, 1000);
    expect(observe(held, 3_600_000)).toBe(4000);
    expect(observe(held, 0)).toBe(4000);
    expect(observe(held, 2000)).toBe(6000);
  });
});
