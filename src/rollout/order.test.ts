import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeFacts } from './observed.ts';
import { compareNames, inOrder } from './order.ts';

describe('the order of nodes', () => {
  const node = (name: string, controlPlane = false): NodeFacts => ({
    name,
    uid: name,
    ready: true,
    readyChangedAt: 0,
    controlPlane,
    labels: {},
    system: '',
  });

  it('is by name with numbers as numbers, then the control plane, then the own node', () => {
    const nodes = [node('cp-1', true), node('w10'), node('w9'), node('w2')];
    expect(inOrder(nodes, 'w2').map(({ name }) => name)).toEqual(['w9', 'w10', 'cp-1', 'w2']);
  });

  it('is total: comparing names is antisymmetric and only equal names are equal', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{0,12}$/);
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(Math.sign(compareNames(a, b)) + Math.sign(compareNames(b, a))).toBe(0);
        expect(compareNames(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
