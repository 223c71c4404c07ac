// How a pass over one object ended, and what follows for the queue. The kind of error is the retry policy.
import { ApiError, PermanentError, TemporaryError } from '../errors.ts';

export type Ending =
  | { readonly kind: 'done'; readonly requeueAfter?: number | undefined }
  /** The handler asked for patience. */
  | { readonly kind: 'temporary'; readonly error: TemporaryError; readonly delay: number }
  /** Something broke: again after the queue's backoff, and not sooner than the server asked. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly atLeast: number }
  | { readonly kind: 'permanent'; readonly error: PermanentError };

export function endingOf(error: unknown): Ending {
  if (error instanceof PermanentError) return { kind: 'permanent', error };
  if (error instanceof TemporaryError && error.delay !== undefined)
    return { kind: 'temporary', error, delay: error.delay };
  return { kind: 'failed', error, atLeast: error instanceof ApiError ? (error.retryAfter ?? 0) : 0 };
}

/** The earlier of two wishes; undefined is no wish. */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
