// What one request to the API server is, and the three ways it can end. Below: transport.ts sends one; retry.ts repeats it.

/**
 * Which failures may be answered by sending the same request once more.
 * - `always`: repeating cannot do harm (reads, server-side apply, DELETE with a uid precondition).
 * - `refused`: only when the server said it did nothing (429, 503 with Retry-After, 401) or the request never left.
 *   For everything else: a second create may answer AlreadyExists for our own object, a second conditional write
 *   Conflict with ourselves; the caller must look first, so it gets an ApiError with outcome `unknown`.
 * - `never`: not even then (the lease: its own loop knows better when to try again).
 */
export type Repeat = 'always' | 'refused' | 'never';

/** The code of an answer that is longer than its `limitBytes`. */
export const TOO_LONG = 'AnswerTooLong';

/** What an answer may weigh (bytes) unless the request says otherwise. etcd holds no object beyond 1.5 MiB by default. */
export const LARGEST_ANSWER = 16 * 1024 * 1024;

export type RequestSpec = {
  /** RBAC verb and resource (`patch`, `deployments.apps/status`): for messages, errors and metrics. */
  readonly verb: string;
  readonly resource: string;
  /** `"x" in namespace "y"`. */
  readonly place: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly repeat: Repeat;
  /** Real milliseconds for the whole exchange, 30 000 by default. */
  readonly timeout?: number;
  /** The most bytes of a success that are read, LARGEST_ANSWER by default. A longer one fails with TOO_LONG, … */
  readonly limitBytes?: number;
  /** … unless it may be cut (a log): then so much of it is the answer. Either way the rest is not read. */
  readonly mayCut?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** See WriteOptions. */
  readonly guard?: (() => void) | undefined;
};

export type Reply = {
  readonly kind: 'reply';
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly text: string;
};

/** No complete answer. `sent: false`: it is certain that the server never saw the request. */
export type NoReply = {
  readonly kind: 'no-reply';
  readonly code: string;
  readonly message: string;
  readonly sent: boolean;
  readonly aborted: boolean;
  readonly cause: unknown;
};

export type Attempt = Reply | NoReply;

export function isWrite(spec: RequestSpec): boolean {
  return spec.method !== 'GET';
}
