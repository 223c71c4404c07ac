// Lines and elements a parser could not read: counted, with the first few kept to be shown. They are never guessed at.

const KEPT = 5;
const LONGEST = 200;

export type NotUnderstood = { readonly count: number; readonly first: readonly string[] };

/** Gathers while a text is read. */
export class Unread {
  #count = 0;
  readonly #first: string[] = [];

  add(text: string): void {
    this.#count += 1;
    if (this.#first.length < KEPT) this.#first.push(text.slice(0, LONGEST));
  }

  get total(): NotUnderstood {
    return { count: this.#count, first: this.#first };
  }
}
