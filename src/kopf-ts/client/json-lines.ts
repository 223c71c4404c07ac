// Cuts a stream of bytes into lines of JSON. Chunks may end anywhere, inside a character too; a line may be megabytes.

const NEWLINE = 0x0a;
/** No API object is near this; a "line" beyond it is not the watch protocol, and must not fill the memory. */
const LONGEST_LINE = 32 * 1024 * 1024;

/** The stream does not hold what a watch should: broken JSON, or a line cut off by the end of the stream. */
export class BrokenStream extends Error {
  override readonly name = 'BrokenStream';
}

export type JsonLines = {
  /** The values completed by this chunk. Throws BrokenStream. */
  push(chunk: Buffer): readonly unknown[];
  /** The stream has ended. Throws BrokenStream when that was in the middle of a line. */
  end(): void;
};

export function createJsonLines(): JsonLines {
  let pending: Buffer[] = [];
  let pendingBytes = 0;

  function keep(part: Buffer): void {
    if (part.length === 0) return;
    pending.push(part);
    pendingBytes += part.length;
    if (pendingBytes > LONGEST_LINE) throw new BrokenStream(`a line is longer than ${LONGEST_LINE} bytes`);
  }

  function complete(part: Buffer): string {
    const line = pending.length === 0 ? part : Buffer.concat([...pending, part]);
    pending = [];
    pendingBytes = 0;
    return line.toString('utf8').trim();
  }

  return {
    push(chunk) {
      const values: unknown[] = [];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const line = complete(chunk.subarray(from, at));
        if (line !== '') values.push(parse(line));
        from = at + 1;
      }
      keep(chunk.subarray(from));
      return values;
    },
    end() {
      if (pendingBytes > 0 && complete(Buffer.alloc(0)) !== '')
        throw new BrokenStream('the stream ended in the middle of a line');
    },
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new BrokenStream(`a line is not JSON: ${line.slice(0, 80)}`, { cause: error });
  }
}
