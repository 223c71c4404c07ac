import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNode, parse, parseDocument } from 'yaml';
import { editConfig } from './config-edit.ts';
import type { ConfigChange, Edit } from './config-edit.ts';
import { revertConfig } from './config-revert.ts';
import { arbitraryChange, arbitraryConfig } from './fixtures/arbitrary-config.ts';
import { configFixtures } from './fixtures/read-fixture.ts';

type Tree = Record<string, unknown>;

function edited(text: string, change: ConfigChange): Edit {
  const edit = editConfig(text, change);
  if (edit.kind === 'problem') throw new Error(`${edit.message}\n${text}`);
  return edit;
}

const texts = fc.oneof(arbitraryConfig, fc.constantFrom(...configFixtures().map(([, text]) => text)));

function flatten(value: unknown, prefix = ''): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [key, child] of Object.entries((value ?? {}) as Tree)) {
    const isSection = typeof child === 'object' && child !== null && !Array.isArray(child);
    if (isSection) flatten(child, `${prefix}${key}.`).forEach((leaf, path) => map.set(path, leaf));
    else if (child !== null) map.set(`${prefix}${key}`, JSON.stringify(child));
  }
  return map;
}

/** The text with the values of the changed fields cut out. */
function withoutValues(text: string, edit: Edit): string {
  const document = parseDocument(text, { version: '1.1' });
  const ranges = edit.changes.flatMap(({ path }) => {
    const node: unknown = document.getIn(path.split('.'), true);
    return isNode(node) && node.range ? [node.range] : [];
  });
  return ranges
    .toSorted((a, b) => b[0] - a[0])
    .reduce((rest, [start, end]) => rest.slice(0, start) + rest.slice(end), text);
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const char of whole) if (char === part[at]) at += 1;
  return at === part.length;
}

describe('editConfig, whatever the configuration', () => {
  it('changes exactly the fields it says it changes', () => {
    fc.assert(
      fc.property(texts, arbitraryChange, (text, change) => {
        const edit = edited(text, change);
        const before = flatten(parse(text, { version: '1.1' }));
        const after = flatten(parse(edit.text, { version: '1.1' }));
        const touched = new Set(
          [...before.keys(), ...after.keys()].filter((path) => before.get(path) !== after.get(path)),
        );
        expect(touched).toEqual(new Set(edit.changes.map(({ path }) => path)));
        expect(after.get('mode')).toBe(JSON.stringify(change.mode));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps every byte that is not part of a changed value or an added line', () => {
    fc.assert(
      fc.property(texts, arbitraryChange, (text, change) => {
        const edit = edited(text, change);
        // A list in block style is replaced as a whole, with the comments inside it.
        fc.pre(edit.changes.every(({ from }) => !from.startsWith('-')));
        expect(isSubsequence(withoutValues(text, edit), edit.text)).toBe(true);
        expect(edit.text.match(/#.*/g)).toEqual(text.match(/#.*/g));
        expect(edit.text.endsWith('\n')).toBe(text.endsWith('\n'));
        expect(/(?<!\r)\n/.test(edit.text)).toBe(/(?<!\r)\n/.test(text));
      }),
      { numRuns: 60 },
    );
  });

  it('does nothing the second time', () => {
    fc.assert(
      fc.property(texts, arbitraryChange, (text, change) => {
        const once = edited(text, change);
        expect(edited(once.text, change)).toEqual({ kind: 'edit', text: once.text, changes: [] });
      }),
      { numRuns: 60 },
    );
  });

  it('is undone to the last byte', () => {
    fc.assert(
      fc.property(texts, arbitraryChange, (text, change) => {
        expect(revertConfig(edited(text, change).text, text, change)).toMatchObject({ kind: 'edit', text });
      }),
      { numRuns: 60 },
    );
  });

  it('is undone field by field when somebody added a line meanwhile, and the line stays', () => {
    fc.assert(
      fc.property(arbitraryConfig, arbitraryChange, (text, change) => {
        const note = '# written by somebody else';
        const current = edited(text, change).text.replace(/^\uFEFF?/, (mark) => `${mark}${note}\n`);
        const reverted = revertConfig(current, text, change);
        if (reverted.kind === 'problem') throw new Error(`${reverted.message}\n${current}`);
        expect(reverted.text).toContain(note);
        const before = flatten(parse(text, { version: '1.1' }));
        const after = flatten(parse(reverted.text, { version: '1.1' }));
        expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before));
        expect(revertConfig(reverted.text, text, change)).toMatchObject({ text: reverted.text, changes: [] });
      }),
      { numRuns: 60 },
    );
  });
});
