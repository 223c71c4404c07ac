// Takes the mode and the fields that moved with it back to what they were before the migration. When nobody else wrote meanwhile,
// that is the remembered original, byte for byte; otherwise the other writer's changes stay.
import { isCollection, isScalar } from 'yaml';
import type { Node } from 'yaml';
import { editConfig, same } from './config-edit.ts';
import type { ConfigChange, Edit, FieldChange } from './config-edit.ts';
import { openConfig } from './config-source.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { emptiedField, withField, withoutField } from './value-tree.ts';
import { applySplice, isBlank } from './yaml-layout.ts';
import type { Splice } from './yaml-layout.ts';
import type { FieldValue } from './yaml-render.ts';
import { lineOf, parseSource, valueAt } from './yaml-source.ts';
import type { Source } from './yaml-source.ts';
import { clearField, nodeAt, putText, removeField, setField, writtenAt } from './yaml-splice.ts';
import type { FieldPath } from './yaml-splice.ts';

/**
 * `original` is the text `change` was applied to. A field that somebody gave a third value meanwhile keeps it, except the mode:
 * whose mode was changed by somebody else is a Problem. Reverting twice changes nothing. Never throws.
 */
export function revertConfig(current: string, original: string, change: ConfigChange): Edit | Problem {
  const edit = editConfig(original, change);
  if (edit.kind === 'problem') return edit;
  if (current === edit.text || current === original) return whole(current, original, edit);
  const before = openConfig(original);
  const after = openConfig(edit.text);
  const now = openConfig(current);
  if (before.kind === 'problem') return before;
  if (after.kind === 'problem') return after;
  if (now.kind === 'problem') return now;
  return revertFields(now, { before, after }, edit.changes.toReversed());
}

const WHY = 'Back to what it was before the migration.';

function whole(current: string, original: string, edit: Edit): Edit {
  const changes = current === original ? [] : edit.changes.toReversed();
  return {
    kind: 'edit',
    text: original,
    changes: changes.map(({ path, from, to }) => ({ path, from: to, to: from, why: WHY })),
  };
}

/** The configuration before and after the change the migration made. */
type Sources = { readonly before: Source; readonly after: Source };

function revertFields(now: Source, sources: Sources, changes: readonly FieldChange[]): Edit | Problem {
  let source = now;
  const reverted: FieldChange[] = [];
  for (const change of changes) {
    const path = change.path.split('.') as unknown as FieldPath;
    const value = valueAt(source, path);
    if (sameSetting(value, valueAt(sources.before, path))) continue;
    if (!same(value, valueAt(sources.after, path))) {
      if (change.path === 'mode') return otherMode(source, value);
      continue;
    }
    const next = revertField(source, sources, path);
    if (next.kind === 'problem') return next;
    reverted.push({ path: change.path, from: writtenAt(source, path), to: writtenAt(next, path), why: WHY });
    source = next;
  }
  return { kind: 'edit', text: source.text, changes: reverted };
}

/** An absent key and one without a value mean the same to kube-proxy. */
function sameSetting(a: unknown, b: unknown): boolean {
  return same(a ?? null, b ?? null);
}

function otherMode(source: Source, value: unknown): Problem {
  const line = lineOf(source, ['mode']);
  return problem(
    `The configuration's mode was changed to ${JSON.stringify(value ?? '')} by somebody else during the migration. Set it to the mode the nodes shall run.`,
    line,
  );
}

function revertField(source: Source, sources: Sources, path: FieldPath): Source | Problem {
  const step =
    nodeAt(sources.before, path) === undefined ? takeOut(source, sources.before, path) : putBack(source, sources, path);
  const next = step && parseSource(step.text);
  if (next?.kind === 'source' && step?.expected.some((expected) => same(next.value, expected)) === true) return next;
  return problem(
    `The configuration is written in a way in which \`${path.join('.')}\` cannot be taken back without risk to the rest. Take it back by hand.`,
    lineOf(source, path),
  );
}

type Step = { readonly text: string; readonly expected: readonly unknown[] };

/** The migration added the key: take it out, and its section too when the migration had added that and nothing else is in it. */
function takeOut(source: Source, before: Source, path: FieldPath): Step | undefined {
  const section = valueAt(source, [path[0]]);
  const isLast =
    path[1] !== undefined && typeof section === 'object' && section !== null && Object.keys(section).length === 1;
  const target: FieldPath = isLast && nodeAt(before, [path[0]]) === undefined ? [path[0]] : path;
  const splice = removeField(source, target);
  if (splice === undefined) return undefined;
  return {
    text: applySplice(source.text, splice),
    expected: [withoutField(source.value, target), emptiedField(source.value, path)],
  };
}

/** The key was there: its literal text goes back, unless somebody writes the file in another style now; then its value does. */
function putBack(source: Source, { before, after }: Sources, path: FieldPath): Step | undefined {
  const value = valueAt(before, path);
  const isAsWritten = writtenAt(source, path) === writtenAt(after, path);
  const splice = (isAsWritten ? spliceText : spliceValue)(source, before, path);
  return splice && { text: applySplice(source.text, splice), expected: [withField(source.value, path, value)] };
}

function spliceText(source: Source, before: Source, path: FieldPath): Splice | undefined {
  const old = nodeAt(before, path) ?? null;
  if (isBlank(old)) return clearField(source, path);
  const node = nodeAt(source, path);
  return node && isInline(old) ? putText(source, node, writtenAt(before, path)) : spliceValue(source, before, path);
}

function spliceValue(source: Source, before: Source, path: FieldPath): Splice | undefined {
  const value = valueAt(before, path);
  const node = nodeAt(source, path);
  if (value === null) return node ? putText(source, node, 'null') : undefined;
  return setField(source, path, value as FieldValue);
}

/** Written behind its key: the text can be moved without regard to indentation. */
function isInline(node: Node | null): boolean {
  return isScalar(node) || (isCollection(node) && node.flow === true);
}
