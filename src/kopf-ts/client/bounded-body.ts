// Reads the body of an answer, but never more of it than somebody has said it may have: a broken proxy, or a server that
// ignores `limitBytes`, must not fill the memory.

export type BoundedText = {
  readonly text: string;
  /** There was more. It was not read: the body is destroyed, and its connection with it. */
  readonly cut: boolean;
};

/** The first `limitBytes` bytes as UTF-8; a character the limit goes through becomes U+FFFD. Rejects as the body does. */
export async function readBounded(body: AsyncIterable<Buffer>, limitBytes: number): Promise<BoundedText> {
  const chunks: Buffer[] = [];
  let left = limitBytes;
  let cut = false;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, left));
    cut = chunk.length > left;
    left -= chunk.length;
    // Leaving the loop is what destroys the body.
    if (cut) break;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), cut };
}
