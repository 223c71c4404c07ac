// Leader election on a Lease, with a fence: candidates wait by their own clock, the holder renews, and a holder that
// cannot renew in time stops itself before anybody else may start. client-go's protocol (15/10/2 s); the fence, the
// clock-jump rules and the synchronous check before every write are ours.
import { ApiError, ConnectionDestroyed, LeadershipLost, messageOf } from '../errors.ts';
import { linkSignals, whenAborted } from '../linked-signal.ts';
import type { Fence } from '../reconcile/fence.ts';
import type { Clock, Log } from '../types.ts';
import type { LeaseApi } from './lease-api.ts';
import { createObservation, heldLease, holderOf, releasedLease, type Lease } from './lease.ts';

export type ElectionTiming = {
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
};

export type Election = {
  readonly fence: Fence;
  readonly leading: boolean;
  /** Resolves when this process leads (true) or the signal fires (false). */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Gives the lease back, so that another candidate need not wait for it to run out. Never rejects. */
  release(signal: AbortSignal): Promise<void>;
  /** Ends all loops without a word to the server. */
  abandon(): void;
};

export type ElectionParts = {
  readonly api: LeaseApi;
  readonly lease: { readonly namespace: string; readonly name: string };
  readonly identity: string;
  readonly timing: ElectionTiming;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: (leading: boolean) => void;
  readonly beat: () => void;
};

export function createElection(parts: ElectionParts): Election {
  const { api, identity, timing, clock, random, log } = parts;
  const { leaseDuration, renewDeadline, retryPeriod } = timing;
  const lost = new AbortController();
  /** Stops the loops. */
  const ended = new AbortController();
  /** Aborts requests: only when nothing that comes back matters any more. */
  const given = new AbortController();
  const observation = createObservation(2 * retryPeriod);
  let held: Lease | undefined;
  /** When the last successful renewal was sent (not answered): others count from no earlier than that. */
  let renewedAt = 0;
  let renewals = 0;
  let renewing: Promise<void> | undefined;
  let reportedHolder: string | undefined;

  function isValid(): boolean {
    const age = clock.now() - renewedAt;
    // A negative age means the clock was set back: no telling how long it has been, so only the next renewal counts.
    return held !== undefined && !lost.signal.aborted && age >= 0 && age < renewDeadline;
  }

  function lose(reason: string): void {
    if (held === undefined || lost.signal.aborted) return;
    held = undefined;
    ended.abort();
    given.abort();
    parts.onChange(false);
    log.error('leadership lost', { reason });
    lost.abort(new LeadershipLost(`leadership lost: ${reason}`));
  }

  function adopt(lease: Lease, sentAt: number): void {
    held = lease;
    renewedAt = sentAt;
    renewals += 1;
  }

  /** One try to become the holder. Resolves false when somebody else is. */
  async function tryAcquire(signal: AbortSignal): Promise<boolean> {
    const found = await api.read(signal);
    const now = clock.now();
    const metadata = { name: parts.lease.name, namespace: parts.lease.namespace };
    if (found === undefined) {
      adopt(await api.create(heldLease({ metadata }, identity, leaseDuration, now), signal), now);
      return true;
    }
    const holder = holderOf(found);
    const unchangedFor = observation.observe(found, now);
    const promised = (found.spec?.leaseDurationSeconds ?? leaseDuration / 1000) * 1000;
    if (holder !== undefined && holder !== identity && unchangedFor < promised) {
      if (holder !== reportedHolder) log.info('another process leads', { holder });
      reportedHolder = holder;
      return false;
    }
    adopt(await api.replace(heldLease(found, identity, leaseDuration, now), signal), now);
    return true;
  }

  /** One renewal. A conflict is looked into: after a lost answer of our own we renew on top of it; another holder ends our leadership. */
  async function renew(current: Lease, signal: AbortSignal, again = true): Promise<void> {
    const sentAt = clock.now();
    try {
      adopt(await api.replace(heldLease(current, identity, leaseDuration, sentAt), signal), sentAt);
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) throw error;
      const found = await api.read(signal);
      if (found === undefined) lose('the lease was deleted');
      else if (holderOf(found) !== identity) lose(`the lease is held by ${holderOf(found) ?? 'nobody'}`);
      else if (again) await renew(found, signal, false);
      else throw error;
    }
  }

  async function renewLoop(): Promise<void> {
    while (!ended.signal.aborted) {
      await clock.sleep(retryPeriod, ended.signal);
      if (ended.signal.aborted || held === undefined) return;
      parts.beat();
      try {
        renewing = renew(held, given.signal);
        await renewing;
      } catch (error) {
        if (given.signal.aborted || error instanceof ConnectionDestroyed) return;
        log.warn('the lease could not be renewed', { problem: messageOf(error) });
      }
    }
  }

  /**
   * Ends our leadership when no renewal succeeded for the renew deadline. Sleeping is immune to a clock that is set;
   * a whole deadline slept through without a renewal is therefore enough, whatever `now` says.
   */
  async function watchdog(): Promise<void> {
    while (!ended.signal.aborted) {
      const seen = renewals;
      const left = Math.min(renewedAt + renewDeadline - clock.now(), renewDeadline);
      await clock.sleep(left, ended.signal);
      if (ended.signal.aborted) return;
      if (renewals === seen) lose(`not renewed for ${renewDeadline} ms`);
    }
  }

  return {
    fence: {
      signal: lost.signal,
      check() {
        if (!isValid())
          throw lost.signal.aborted
            ? lost.signal.reason
            : new LeadershipLost('the lease is not confirmed at this moment');
      },
    },
    get leading() {
      return isValid();
    },
    async acquire(signal) {
      while (!signal.aborted) {
        parts.beat();
        try {
          if (await tryAcquire(signal)) {
            parts.onChange(true);
            log.info('leading', { identity });
            void renewLoop();
            void watchdog();
            return true;
          }
        } catch (error) {
          if (signal.aborted) return false;
          logFailedAcquire(log, error);
        }
        await clock.sleep(retryPeriod * (1 + 0.2 * random()), signal);
      }
      return false;
    },
    async release(signal) {
      ended.abort();
      using link = linkSignals(signal, lost.signal);
      using late = whenAborted(link.signal);
      // A renewal under way decides which version there is to release.
      await Promise.race([Promise.allSettled([renewing]), late.promise]);
      const lease = held;
      if (lease === undefined || !isValid()) return;
      try {
        await api.replace(releasedLease(lease, clock.now()), link.signal);
        log.info('leadership handed over');
      } catch (error) {
        log.warn('the lease could not be released, it will run out', { problem: String(error) });
      } finally {
        held = undefined;
        parts.onChange(false);
      }
    },
    abandon() {
      ended.abort();
      given.abort();
      held = undefined;
    },
  };
}

/** Losing the race for a free lease is no fault. */
function logFailedAcquire(log: Log, error: unknown): void {
  const raced = error instanceof ApiError && error.status === 409;
  const fields = { problem: messageOf(error) };
  if (raced) log.debug('another candidate was faster', fields);
  else log.warn('the lease could not be acquired', fields);
}
