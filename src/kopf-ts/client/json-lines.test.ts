import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokenStream, createJsonLines } from './json-lines.ts';

function readAll(bytes: Buffer, cuts: readonly number[]): unknown[] {
  const lines = createJsonLines();
  const values: unknown[] = [];
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  for (let index = 1; index < edges.length; index++)
    values.push(...lines.push(bytes.subarray(edges[index - 1], edges[index])));
  lines.end();
  return values;
}

describe('a stream of JSON lines', () => {
  it('is read the same wherever the chunks are cut, inside characters too', () => {
    fc.assert(
      fc.property(fc.array(fc.json().map((text): unknown => JSON.parse(text))), fc.array(fc.nat()), (values, cuts) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
        expect(readAll(bytes, cuts)).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
      }),
    );
  });

  it('takes a line of several megabytes in small pieces', () => {
    const value = { text: 'ä'.repeat(2_000_000) };
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    const cuts = Array.from({ length: 200 }, (_unused, index) => index * 20_011);
    expect(readAll(bytes, cuts)).toEqual([value]);
  });

  it('skips empty lines', () => {
    expect(readAll(Buffer.from('\n{"a":1}\r\n\n'), [])).toEqual([{ a: 1 }]);
  });

  it('refuses a line that is not JSON', () => {
    expect(() => readAll(Buffer.from('{"a":\n'), [])).toThrow(BrokenStream);
  });

  it('refuses to end in the middle of a line', () => {
    expect(() => readAll(Buffer.from('{"a":1}\n{"type":"ADD'), [])).toThrow(BrokenStream);
  });

  it('refuses a line that never ends', () => {
    const lines = createJsonLines();
    const chunk = Buffer.alloc(8 * 1024 * 1024, 'x');
    expect(() => {
      for (let pushed = 0; pushed < 5; pushed++) lines.push(chunk);
    }).toThrow(BrokenStream);
  });
});
