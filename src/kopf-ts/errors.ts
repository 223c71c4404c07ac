// The errors that cross the runtime's border. Their kind is the policy: what the queue does with a failed pass, and what
// a caller may conclude about a write, follows from the class and its fields, never from the message.

export type ApiErrorInit = {
  readonly status: number;
  readonly reason: string;
  readonly verb: string;
  readonly resource: string;
  readonly retryAfter?: number;
  readonly outcome: 'refused' | 'unknown';
  readonly cause?: unknown;
};

/** A request the API server refused, or whose answer never came. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** `Status.reason` as the API server sent it (NotFound, Forbidden, Conflict, …); for lost answers the network's code. */
  readonly reason: string;
  readonly verb: string;
  /** `plural.group`, as RBAC and kubectl write it. */
  readonly resource: string;
  /** Milliseconds the server asked to wait. */
  readonly retryAfter?: number;
  /** `unknown`: the write may have been carried out all the same (lost answer, time-out, reset, a 5xx from behind the server). */
  readonly outcome: 'refused' | 'unknown';

  constructor(message: string, init: ApiErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.status = init.status;
    this.reason = init.reason;
    this.verb = init.verb;
    this.resource = init.resource;
    this.outcome = init.outcome;
    if (init.retryAfter !== undefined) this.retryAfter = init.retryAfter;
  }
}

/** "Try again", after `delay` ms when given, else after the queue's own backoff. Logged without a stack: nothing is broken. */
export class TemporaryError extends Error {
  override readonly name = 'TemporaryError';
  readonly delay: number | undefined;

  constructor(message: string, delay?: number) {
    super(message);
    this.delay = delay;
  }
}

/** "Trying again is pointless": the handler is not called again for this object until the object changes. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

/** The lease is no longer ours. Thrown by every write from then on, and what `run()` rejects with. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/** The connection was destroyed (`connection.destroy()`): the in-process stand-in for SIGKILL. What `run()` rejects with. */
export class ConnectionDestroyed extends Error {
  override readonly name = 'ConnectionDestroyed';

  constructor() {
    super('the connection to the API server was destroyed');
  }
}

/** Of whatever was thrown, in words. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
