import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBounded } from './bounded-body.ts';

describe('a bounded body', () => {
  it('is its first bytes, however they arrive, and says whether there were more', async () => {
    const chunk = fc.string({ unit: 'grapheme-ascii' }).map((text) => Buffer.from(text));
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), fc.nat(40), async (chunks, limit) => {
        const whole = Buffer.concat(chunks).toString('utf8');
        const body = (async function* () {
          yield* chunks;
        })();
        expect(await readBounded(body, limit)).toEqual({ text: whole.slice(0, limit), cut: whole.length > limit });
      }),
    );
  });

  it('is let go of as soon as it is too long', async () => {
    let produced = 0;
    let released = false;
    const endless = (async function* () {
      try {
        for (; ; produced++) yield Buffer.from('xxxx');
      } finally {
        released = true;
      }
    })();
    expect(await readBounded(endless, 10)).toEqual({ text: 'x'.repeat(10), cut: true });
    expect({ produced, released }).toEqual({ produced: 2, released: true });
  });
});
