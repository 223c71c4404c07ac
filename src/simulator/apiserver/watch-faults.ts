// What can go wrong with a watch. Rules meet streams that are open already as well as those opened later, until they are
// undone; the streams themselves (watch-stream.ts) only know how to be frozen, cut, and so on.
import type { StoreEvent } from '../types.ts';
import { type LoggedRequest, type Match, matches } from './request-log.ts';
import type { WatchStream } from './watch-stream.ts';

/** `resource`, `user`, `userAgent` and `namespace` of the watch request. */
export type WatchMatch = Omit<Match, 'verb'>;

export type WatchFaults = {
  /** A stale cache: the stream stays open and silent; what it missed is sent when the returned function is called. */
  freeze(match?: WatchMatch): () => void;
  /** A half-open connection: not a byte any more, not even the end. Undone only for later watches. */
  stall(match?: WatchMatch): () => void;
  /** Cuts open streams in the middle of a line. Returns how many there were. */
  cut(match?: WatchMatch): number;
  /** Ends open streams properly, as a server that shuts down does. Returns how many there were. */
  end(match?: WatchMatch): number;
  /** The next `times` watches are told 410: as the HTTP status, or as an ERROR event on a stream that began well. */
  expire(as: 'status' | 'event', match?: WatchMatch & { readonly times?: number }): void;
  /** The next `times` events for which `event` is true never reach the streams that match. Returns an undo. */
  hide(event: (event: StoreEvent) => boolean, match?: WatchMatch & { readonly times?: number }): () => void;
  clear(): void;
};

type Rule = { readonly match: WatchMatch };
type Expiry = Rule & { readonly as: 'status' | 'event'; left: number };
type Hiding = Rule & { readonly event: (event: StoreEvent) => boolean; left: number };

type Open = { readonly request: LoggedRequest; readonly stream: WatchStream };

/** The server's side of it. */
export type WatchFaultGate = WatchFaults & {
  /** Told of every stream that opens; forgets it when it closes. */
  opened(request: LoggedRequest, stream: WatchStream): void;
  /** How this new watch shall be refused, if at all. */
  expiry(request: LoggedRequest): 'status' | 'event' | undefined;
  hidden(request: LoggedRequest, event: StoreEvent): boolean;
};

export function createWatchFaults(): WatchFaultGate {
  return new WatchTrouble();
}

class WatchTrouble implements WatchFaultGate {
  readonly #open = new Set<Open>();
  readonly #frozen = new Set<Rule>();
  readonly #stalled = new Set<Rule>();
  readonly #expiries = new Set<Expiry>();
  readonly #hidings = new Set<Hiding>();

  freeze(match: WatchMatch = {}): () => void {
    const rule = { match };
    this.#frozen.add(rule);
    for (const { stream } of this.#matching(match)) stream.freeze();
    return () => {
      this.#frozen.delete(rule);
      for (const open of this.#matching(match)) if (!this.#isFrozen(open.request)) open.stream.release();
    };
  }

  stall(match: WatchMatch = {}): () => void {
    const rule = { match };
    this.#stalled.add(rule);
    for (const { stream } of this.#matching(match)) stream.stall();
    return () => {
      this.#stalled.delete(rule);
    };
  }

  cut(match: WatchMatch = {}): number {
    const streams = this.#matching(match);
    for (const { stream } of streams) stream.cut();
    return streams.length;
  }

  end(match: WatchMatch = {}): number {
    const streams = this.#matching(match);
    for (const { stream } of streams) stream.end();
    return streams.length;
  }

  expire(as: 'status' | 'event', match: WatchMatch & { readonly times?: number } = {}): void {
    const { times = 1, ...rest } = match;
    this.#expiries.add({ as, match: rest, left: times });
  }

  hide(event: (event: StoreEvent) => boolean, match: WatchMatch & { readonly times?: number } = {}): () => void {
    const { times = 1, ...rest } = match;
    const rule: Hiding = { event, match: rest, left: times };
    this.#hidings.add(rule);
    return () => {
      this.#hidings.delete(rule);
    };
  }

  clear(): void {
    this.#frozen.clear();
    this.#stalled.clear();
    this.#expiries.clear();
    this.#hidings.clear();
    for (const { stream } of this.#open) stream.release();
  }

  opened(request: LoggedRequest, stream: WatchStream): void {
    const open = { request, stream };
    this.#open.add(open);
    stream.onClose(() => this.#open.delete(open));
    if ([...this.#stalled].some((rule) => matches(rule.match, request))) stream.stall();
    if (this.#isFrozen(request)) stream.freeze();
  }

  expiry(request: LoggedRequest): 'status' | 'event' | undefined {
    const rule = [...this.#expiries].find((candidate) => candidate.left > 0 && matches(candidate.match, request));
    if (rule !== undefined) rule.left -= 1;
    return rule?.as;
  }

  hidden(request: LoggedRequest, event: StoreEvent): boolean {
    if (this.#hidings.size === 0) return false;
    const rule = [...this.#hidings].find(
      (candidate) => candidate.left > 0 && matches(candidate.match, request) && candidate.event(event),
    );
    if (rule !== undefined) rule.left -= 1;
    return rule !== undefined;
  }

  #isFrozen(request: LoggedRequest): boolean {
    return [...this.#frozen].some((rule) => matches(rule.match, request));
  }

  #matching(match: WatchMatch): readonly Open[] {
    return [...this.#open].filter(({ request }) => matches(match, request));
  }
}
