import { describe, expect, it } from 'vitest';
import { selects } from './label-selector.ts';

describe('label selectors', () => {
  const labels = { pool: 'a', zone: 'z1' };
  it.each<[Parameters<typeof selects>[0], boolean]>([
    [undefined, true],
    [{}, true],
    [{ matchLabels: { pool: 'a' } }, true],
    [{ matchLabels: { pool: 'a', zone: 'z2' } }, false],
    [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['a', 'b'] }] }, true],
    [{ matchExpressions: [{ key: 'pool', operator: 'NotIn', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'gpu', operator: 'NotIn', values: ['a'] }] }, true],
    [{ matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }, false],
    [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }, true],
    [{ matchLabels: { pool: 'a' }, matchExpressions: [{ key: 'zone', operator: 'In', values: ['z2'] }] }, false],
  ])('%j selects pool a in zone z1: %s', (selector, expected) => expect(selects(selector, labels)).toBe(expected));
});
