// The Lease object of coordination.k8s.io/v1 and the decisions read from it. Pure.
import { microTime } from '../micro-time.ts';
import type { KubeObject, Resource } from '../types.ts';

export type Lease = KubeObject & {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
};

export const LEASES: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

export function holderOf(lease: Lease): string | undefined {
  return lease.spec?.holderIdentity || undefined;
}

/** The lease as `identity` holds it from now on. Taking it from somebody else counts as a transition. */
export function heldLease(lease: Lease, identity: string, leaseDuration: number, now: number): Lease {
  const spec = lease.spec ?? {};
  const mine = holderOf(lease) === identity;
  return {
    ...lease,
    spec: {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(leaseDuration / 1000)),
      acquireTime: mine ? (spec.acquireTime ?? microTime(now)) : microTime(now),
      renewTime: microTime(now),
      leaseTransitions:
        mine || lease.spec === undefined ? (spec.leaseTransitions ?? 0) : (spec.leaseTransitions ?? 0) + 1,
    },
  };
}

/** The lease given back: no holder, and a duration that makes nobody wait (client-go's ReleaseOnCancel). */
export function releasedLease(lease: Lease, now: number): Lease {
  const { holderIdentity: _released, ...spec } = lease.spec ?? {};
  return {
    ...lease,
    spec: { ...spec, leaseDurationSeconds: 1, acquireTime: microTime(now), renewTime: microTime(now) },
  };
}

/**
 * How long another holder's lease has been seen unchanged, by the local clock only: times written by other machines are
 * never compared with ours (client-go's observedTime). The clock is believed for at most `longestStep` ms between two
 * looks, so that one that jumps forward (NTP, a resumed VM) cannot make a living holder look dead.
 */
export function createObservation(longestStep: number): {
  /** Returns for how many ms this very state of the lease has been observed. */
  observe(lease: Lease, now: number): number;
} {
  let seen = '';
  let unchangedFor = 0;
  let lastLook = 0;
  return {
    observe(lease, now) {
      const state = JSON.stringify(lease.spec ?? {});
      if (state === seen) unchangedFor += Math.min(Math.max(0, now - lastLook), longestStep);
      else unchangedFor = 0;
      seen = state;
      lastLook = now;
      return unchangedFor;
    },
  };
}
