// So many at the same time, and the others one after the other, in the order in which they came.

export class Turns {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Somebody waits for a place. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Does the work when there is a place for it, and ends as it does. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    // Whoever is done hands its place to the next in the queue, so that nobody can slip in between.
    if (this.#taken < this.#width) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }
}
