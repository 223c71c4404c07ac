import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCHEMAS } from './builtin-schemas.ts';
import { equalJson } from './json.ts';
import { jsonPatch } from './patch-json.ts';
import { mergePatch } from './patch-merge.ts';
import { strategicMergePatch } from './patch-strategic.ts';

describe('merge patch', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('RFC 7386: %j patched with %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  const object = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }));

  test('is idempotent', () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(equalJson(mergePatch(once, patch), once)).toBe(true);
      }),
    );
  });

  test('leaves what the patch does not mention, removes what it sets to null', () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const result = mergePatch(target, patch) as Record<string, unknown>;
        for (const key of Object.keys(target)) if (!Object.hasOwn(patch, key)) expect(result[key]).toBe(target[key]);
        for (const key of Object.keys(patch)) expect(Object.hasOwn(result, key)).toBe(patch[key] !== null);
      }),
    );
  });
});

describe('JSON patch', () => {
  test.each([
    [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    [{ a: { b: 1 } }, [{ op: 'remove', path: '/a/b' }], { a: {} }],
    [{ a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
    [{ a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    [{ a: 1 }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 1, b: 1 }],
    [{ 'x/y': { '~': 1 } }, [{ op: 'replace', path: '/x~1y/~0', value: 2 }], { 'x/y': { '~': 2 } }],
    [{ a: 1 }, [{ op: 'test', path: '/a', value: 1 }], { a: 1 }],
  ])('%j with %j', (document, operations, expected) => {
    expect(jsonPatch(document, operations)).toEqual(expected);
  });

  test.each([
    [{ a: 1 }, [{ op: 'test', path: '/a', value: 2 }]],
    [{ a: 1 }, [{ op: 'remove', path: '/b' }]],
    [{ a: [] }, [{ op: 'replace', path: '/a/0', value: 1 }]],
    [{ a: 1 }, [{ op: 'add', path: '/b/c', value: 1 }]],
    [{ a: 1 }, [{ op: 'what', path: '/a' }]],
    [{ a: 1 }, [{ op: 'add', path: 'a' }]],
  ])('%j refuses %j', (document, operations) => {
    expect(() => jsonPatch(document, operations)).toThrow('the server rejected our request');
  });
});

describe('strategic merge patch', () => {
  const pod = (spec: object) => ({ metadata: { finalizers: ['a'] }, spec });
  const patched = (target: object, patch: object) => strategicMergePatch(target, patch, SCHEMAS.pod);

  test('merges containers by name, puts new ones first and leaves the others', () => {
    const target = pod({ containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b' }] });
    const patch = {
      spec: { containers: [{ name: 'a', image: '2', env: [{ name: 'Y', value: '2' }] }, { name: 'c' }] },
    };
    expect(patched(target, patch)).toEqual(
      pod({
        containers: [
          {
            name: 'a',
            image: '2',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
          },
          { name: 'c' },
          { name: 'b' },
        ],
      }),
    );
  });

  test('obeys $patch: delete and replace, $retainKeys and $setElementOrder', () => {
    const target = pod({
      containers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      volumes: [{ name: 'v', emptyDir: {} }],
    });
    const patch = {
      spec: {
        $setElementOrder$: undefined,
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }],
        containers: [{ name: 'b', $patch: 'delete' }],
        volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }],
      },
    };
    expect(patched(target, patch)).toEqual(
      pod({ containers: [{ name: 'c' }, { name: 'a' }], volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
    );
    expect(patched(target, { spec: { $patch: 'replace', hostNetwork: true } })).toEqual(pod({ hostNetwork: true }));
  });

  test('merges finalizers as a set, replaces lists without a key, removes with null', () => {
    const target = { metadata: { finalizers: ['a', 'b'] }, spec: { tolerations: [{ key: 'x' }], hostNetwork: true } };
    const patch = {
      metadata: { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['a'] },
      spec: { tolerations: [{ key: 'y' }], hostNetwork: null },
    };
    expect(patched(target, patch)).toEqual({
      metadata: { finalizers: ['c', 'b'] },
      spec: { tolerations: [{ key: 'y' }] },
    });
  });

  test('an item without its merge key is refused', () => {
    expect(() => patched(pod({}), { spec: { containers: [{ image: 'x' }] } })).toThrow(
      'does not contain declared merge key: name',
    );
  });
});
