// What a failed list or watch means for what comes next. Pure.
import { BrokenStream } from '../client/json-lines.ts';
import { WatchSilent } from '../client/watch-stream.ts';
import { ApiError } from '../errors.ts';

/** The watch's own word (an ERROR event) that its history is gone, or that it cannot go on. */
export class WatchExpired extends Error {
  override readonly name = 'WatchExpired';
}

export type WatchFailure = {
  /** The label in metrics. */
  readonly reason: string;
  /** The version the watch stood at is of no use any more. */
  readonly relist: boolean;
  /** Everyday life on a busy cluster the first time it happens: no back-off, no warning. */
  readonly kind: 'expired' | 'silent' | 'failed';
  /** Only a person can change it (missing rights, missing CRD). */
  readonly needsPerson: boolean;
  /** Milliseconds the server asked to wait. */
  readonly retryAfter: number;
};

const NEEDS_A_PERSON = new Set([400, 401, 403, 404, 405]);

export function classify(error: Error): WatchFailure {
  const common = { relist: false, needsPerson: false, retryAfter: 0 };
  if (error instanceof ApiError) return ofApiError(error);
  if (error instanceof WatchExpired) return { ...common, kind: 'expired', reason: 'Expired', relist: true };
  if (error instanceof WatchSilent) return { ...common, kind: 'silent', reason: 'Silent' };
  return { ...common, kind: 'failed', reason: error instanceof BrokenStream ? 'BrokenStream' : 'Disconnected' };
}

function ofApiError({ status, reason, retryAfter = 0 }: ApiError): WatchFailure {
  return {
    reason,
    // A refusal says nothing about the version, but a list tells it more plainly. 429 only asks for patience.
    relist: status >= 400 && status < 500 && status !== 429,
    kind: status === 410 ? 'expired' : 'failed',
    needsPerson: NEEDS_A_PERSON.has(status),
    retryAfter,
  };
}
