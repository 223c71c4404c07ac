import { describe, expect, it } from 'vitest';
import { sharing } from './sharing.ts';

describe('sharing', () => {
  it('keeps equal fields once, and others apart', () => {
    const share = sharing<{ readonly a: object; readonly b: object }>();
    const first = share({ a: { x: [1] }, b: { y: 1 } });
    const second = share({ a: { x: [1] }, b: { y: 2 } });
    expect(second).toEqual({ a: { x: [1] }, b: { y: 2 } });
    expect(second.a).toBe(first.a);
    expect(second.b).not.toBe(first.b);
  });

  it('does not take a Set for another because JSON shows neither', () => {
    const share = sharing<{ readonly programs: object }>();
    share({ programs: { known: true, value: new Set(['nft']) } });
    const second = share({ programs: { known: true, value: new Set(['ipset']) } });
    expect(second.programs).toEqual({ known: true, value: new Set(['ipset']) });
  });

  it('tells undefined from a missing field', () => {
    const share = sharing<{ readonly version: object }>();
    const none = share({ version: { known: true, value: undefined } });
    expect('value' in none.version).toBe(true);
  });
});
