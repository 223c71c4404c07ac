// The beginning of what a command prints, up to a limit in bytes. The rest is read and dropped, so that it is not held up.

export class BoundedOutput {
  readonly #chunks: Buffer[] = [];
  #left: number;
  truncated = false;

  constructor(limit: number) {
    this.#left = limit;
  }

  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.#left);
    if (kept.length > 0) this.#chunks.push(kept);
    if (kept.length < chunk.length) this.truncated = true;
    this.#left -= kept.length;
  }

  /** As UTF-8; a character the limit goes through becomes U+FFFD. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
