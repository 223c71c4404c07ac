// Trouble on demand: what crash and chaos tests make the API server do. Declarative: a fault says which requests it means, from
// the how-manieth on, how often, and what happens then.
import { isEffectiveWrite, type LoggedRequest, type Match, matches } from './request-log.ts';
import { StatusError } from './status-errors.ts';
import { createWatchFaults, type WatchFaultGate, type WatchFaults } from './watch-faults.ts';

type Kind =
  /** Called before anything is applied. When it says true, the connection is destroyed and nothing is applied. */
  | { readonly kind: 'before'; readonly call: (request: LoggedRequest) => boolean | Promise<boolean> }
  /** Applied; then called; then the answer is sent. */
  | { readonly kind: 'after'; readonly call: (request: LoggedRequest) => void | Promise<void> }
  /** Applied; then the connection is destroyed without an answer. */
  | { readonly kind: 'lostReply'; readonly call?: (request: LoggedRequest) => void | Promise<void> }
  /** The connection is destroyed, nothing is applied. */
  | { readonly kind: 'dropped' }
  /** Nothing is applied; this is the answer. `retryAfter` in seconds. */
  | { readonly kind: 'reply'; readonly status: number; readonly retryAfter?: number; readonly message?: string }
  /** The request waits: a slow list, a write that hangs. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> };

export type Fault = Kind & {
  readonly match?: Match;
  /** Fires from the nth matching request on; the first is 1, the default. */
  readonly nth?: number;
  /** How many times it fires; once by default. */
  readonly times?: number;
};

export type ArmedFault = {
  /** How many times it has fired. */
  readonly fired: number;
  disarm(): void;
};

export type Faults = {
  /**
   * `before`, `after`, `lostReply` and `dropped` are about writes: they neither count nor meet reads, nor (unless `match`
   * names the resource) leases and events.
   */
  add(fault: Fault): ArmedFault;
  /** What happens to watches that are open, and to those that will be. */
  readonly watches: WatchFaults;
  /** Disarms everything; frozen and stalled watches go on. */
  clear(): void;
};

/** What the server does at the three points of a request where faults can meet it. */
export type FaultGate = Faults & {
  readonly watches: WatchFaultGate;
  /** The faults that meet this request: counted once, at its arrival. */
  take(request: LoggedRequest): readonly Fault[];
};

type Armed = { readonly fault: Fault; seen: number; fired: number };

const WRITE_FAULTS: readonly Fault['kind'][] = ['before', 'after', 'lostReply', 'dropped'];

function concerns(fault: Fault, request: LoggedRequest): boolean {
  if (!matches(fault.match ?? {}, request)) return false;
  if (!WRITE_FAULTS.includes(fault.kind)) return true;
  const isWrite = !['get', 'list', 'watch'].includes(request.verb);
  return isWrite && (isEffectiveWrite(request) || fault.match?.resource !== undefined);
}

function fires(armed: Armed, request: LoggedRequest): boolean {
  const { fault } = armed;
  if (!concerns(fault, request)) return false;
  armed.seen += 1;
  if (armed.seen < (fault.nth ?? 1) || armed.fired >= (fault.times ?? 1)) return false;
  armed.fired += 1;
  return true;
}

export function createFaults(): FaultGate {
  const armed = new Set<Armed>();
  const watches = createWatchFaults();
  return {
    watches,
    add(fault) {
      const entry: Armed = { fault, seen: 0, fired: 0 };
      armed.add(entry);
      return {
        get fired() {
          return entry.fired;
        },
        disarm() {
          armed.delete(entry);
        },
      };
    },
    clear() {
      armed.clear();
      watches.clear();
    },
    take: (request) => [...armed].filter((entry) => fires(entry, request)).map((entry) => entry.fault),
  };
}

/** Resolves with `dropped` when the request must not be carried out; throws the answer a `reply` fault gives. */
export async function beforeRequest(faults: readonly Fault[], request: LoggedRequest): Promise<'proceed' | 'dropped'> {
  for (const fault of faults) {
    if (fault.kind === 'hold') await fault.until;
    if (fault.kind === 'reply') throw replyOf(fault);
    if (fault.kind === 'dropped') return 'dropped';
    if (fault.kind === 'before' && (await fault.call(request))) return 'dropped';
  }
  return 'proceed';
}

/** Resolves with `lost` when the answer must not be sent. */
export async function afterRequest(faults: readonly Fault[], request: LoggedRequest): Promise<'reply' | 'lost'> {
  let result: 'reply' | 'lost' = 'reply';
  for (const fault of faults) {
    if (fault.kind === 'after' || fault.kind === 'lostReply') await fault.call?.(request);
    if (fault.kind === 'lostReply') result = 'lost';
  }
  return result;
}

const REPLIES: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  429: ['TooManyRequests', 'Too many requests, please try again later.'],
  500: ['InternalError', 'Internal error occurred: etcdserver: leader changed'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within the allotted timeout'],
};

function replyOf(fault: Fault & { readonly kind: 'reply' }): StatusError {
  const [reason, message] = REPLIES[fault.status] ?? ['', `the server answered ${fault.status}`];
  const details = fault.retryAfter === undefined ? {} : { retryAfterSeconds: fault.retryAfter };
  return new StatusError(fault.status, reason, fault.message ?? message, details);
}
