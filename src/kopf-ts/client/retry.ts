// Sends a request until it is answered, is refused for good, or repeating it would be wrong (see `Repeat` in request.ts).
import { backoffDelay, type Backoff } from '../backoff.ts';
import { ConnectionDestroyed } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import type { Clock, Log } from '../types.ts';
import { isRefusal, toApiError } from './api-status.ts';
import type { ClientMetrics } from './client-metrics.ts';
import { TOO_LONG, type Attempt, type Repeat, type Reply, type RequestSpec } from './request.ts';
import type { Transport } from './transport.ts';

const MOST_ATTEMPTS = 5;
const BACKOFF: Backoff = { first: 200, factor: 2, max: 10_000 };
/** A server that asks for more patience than this (ms) gets it from the caller's queue, not from a blocked worker. */
const LONGEST_WAIT = 15_000;
const TRANSIENT = new Set([429, 500, 502, 503, 504]);

export type Requester = {
  /** The answer if it is a success or one of `accept`ed statuses; everything else throws ApiError. */
  request(spec: RequestSpec, accept?: readonly number[]): Promise<Reply>;
};

export type RequesterParts = {
  readonly transport: Transport;
  readonly metrics: ClientMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly destroyed: AbortSignal;
};

export function createRequester(parts: RequesterParts): Requester {
  const { transport, metrics, clock, random, log, destroyed } = parts;

  async function attemptOnce(spec: RequestSpec): Promise<Attempt> {
    if (destroyed.aborted) throw new ConnectionDestroyed();
    spec.guard?.();
    const started = performance.now();
    const attempt = await transport.send(spec);
    if (destroyed.aborted) throw new ConnectionDestroyed();
    metrics.observe(spec, attempt.kind === 'reply' ? String(attempt.status) : '<error>', performance.now() - started);
    return attempt;
  }

  return {
    async request(spec, accept = []) {
      let uncertain = false;
      for (let failures = 0; ; failures++) {
        const attempt = await attemptOnce(spec);
        if (isAccepted(attempt, accept)) return attempt;
        const error = toApiError(spec, attempt, uncertain);
        const wait = Math.max(backoffDelay(BACKOFF, failures, random), error.retryAfter ?? 0);
        if (failures + 1 >= MOST_ATTEMPTS || wait > LONGEST_WAIT || !mayRepeat(spec.repeat, attempt)) throw error;
        log.debug('request will be repeated', {
          verb: spec.verb,
          resource: spec.resource,
          after: wait,
          problem: error.message,
        });
        uncertain ||= !isRefusal(attempt);
        using link = linkSignals(destroyed, spec.signal);
        await clock.sleep(wait, link.signal);
        if (spec.signal?.aborted) throw error;
      }
    },
  };
}

function isAccepted(attempt: Attempt, accept: readonly number[]): attempt is Reply {
  return attempt.kind === 'reply' && (attempt.status < 300 || accept.includes(attempt.status));
}

/** Pure: whether this failure of a request of this kind may be answered by sending it again. */
function mayRepeat(repeat: Repeat, attempt: Attempt): boolean {
  if (repeat === 'never') return false;
  // What was too long once is so again.
  if (attempt.kind === 'no-reply' && attempt.code === TOO_LONG) return false;
  if (attempt.kind === 'no-reply') return !attempt.aborted && (repeat === 'always' || !attempt.sent);
  if (!TRANSIENT.has(attempt.status)) return false;
  return repeat === 'always' || isRefusal(attempt);
}
