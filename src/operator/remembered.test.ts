import { describe, expect, it } from 'vitest';
import { remembered } from './remembered.ts';

describe('remembered', () => {
  it('works once for each object, and again for an equal one that is another', () => {
    let worked = 0;
    const size = remembered((list: readonly number[]) => {
      worked += 1;
      return list.length;
    });
    const one = [1, 2];
    expect([size(one), size(one), size([1, 2])]).toEqual([2, 2, 2]);
    expect(worked).toBe(2);
  });

  it('remembers undefined, too', () => {
    let worked = 0;
    const nothing = remembered<object, undefined>(() => void (worked += 1));
    const key = {};
    nothing(key);
    nothing(key);
    expect(worked).toBe(1);
  });
});
