// One watch's connection: JSON lines in a chunked answer. It never blocks the server: what a slow reader does not take is kept
// up to a limit, then the watch is ended, as the real watch cache does with watchers that cannot keep up.
import type { Writable } from 'node:stream';

/** Bytes kept for a reader that does not read, or a stream that is frozen. */
const MAX_QUEUED = 32 * 1024 * 1024;

type State = 'open' | 'frozen' | 'stalled' | 'closed';

export class WatchStream {
  readonly #response: Writable;
  readonly #maxQueued: number;
  #state: State = 'open';
  #queue: string[] = [];
  #queued = 0;
  #blocked = false;
  #ending = false;

  constructor(response: Writable, maxQueued = MAX_QUEUED) {
    this.#response = response;
    this.#maxQueued = maxQueued;
    response.on('drain', () => {
      this.#blocked = false;
      this.#flush();
    });
    response.on('close', () => {
      this.#state = 'closed';
      this.#queue = [];
    });
  }

  onClose(listener: () => void): void {
    this.#response.on('close', listener);
  }

  send(line: string): void {
    if (this.#state === 'closed' || this.#state === 'stalled' || this.#ending) return;
    this.#queue.push(line);
    this.#queued += line.length;
    if (this.#queued > this.#maxQueued) this.end();
    else this.#flush();
  }

  /** Closes the answer properly, after what is queued. A stalled stream stays as it is: that is the point of it. */
  end(): void {
    this.#ending = true;
    this.#flush();
  }

  freeze(): void {
    if (this.#state === 'open') this.#state = 'frozen';
  }

  release(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'open';
    this.#flush();
  }

  stall(): void {
    if (this.#state === 'closed') return;
    this.#state = 'stalled';
    this.#queue = [];
  }

  /** Half an event, and the connection is gone. */
  cut(): void {
    if (this.#state === 'closed') return;
    this.#response.write('{"type":"MODIFIED","object":{"kind":', () => this.#response.destroy());
    this.#state = 'closed';
  }

  #flush(): void {
    if (this.#state !== 'open') return;
    while (!this.#blocked && this.#queue.length > 0) this.#write();
    if (this.#ending && this.#queue.length === 0) {
      this.#state = 'closed';
      this.#response.end();
    }
  }

  #write(): void {
    const lines = this.#queue.splice(0);
    this.#queued = 0;
    this.#blocked = !this.#response.write(lines.join(''));
  }
}
