// Sets of field paths, as server-side apply keeps them for every manager: a tree of path elements in the notation of
// FieldsV1 (`f:name`, `k:{"type":"Ready"}`, `v:"x"`). Immutable. Follows structured-merge-diff's fieldpath.Set.
import { isEmptyObject, isObject, type JsonObject } from './json.ts';

export type FieldSet = {
  /** Whether the path up to here is itself in the set. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
};

const NO_CHILDREN: ReadonlyMap<string, FieldSet> = new Map();
export const NOTHING: FieldSet = { member: false, children: NO_CHILDREN };
export const LEAF: FieldSet = { member: true, children: NO_CHILDREN };

/** Drops empty children, so that `isNothing` is a look at the top. */
export function fieldSet(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const filled = new Map([...children].filter(([, child]) => !isNothing(child)));
  if (filled.size > 0) return { member, children: filled };
  return member ? LEAF : NOTHING;
}

export function isNothing(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isNothing(b)) return a;
  if (isNothing(a)) return b;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const other = children.get(element);
    children.set(element, other === undefined ? child : union(other, child));
  }
  return { member: a.member || b.member, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = [...a.children].map(
    ([element, child]) => [element, intersection(child, b.children.get(element) ?? NOTHING)] as const,
  );
  return fieldSet(a.member && b.member, children);
}

/** What is in `a` and not in `b`, path by path: a member of `b` does not take its children along. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isNothing(b)) return a;
  const children = [...a.children].map(
    ([element, child]) => [element, difference(child, b.children.get(element) ?? NOTHING)] as const,
  );
  return fieldSet(a.member && !b.member, children);
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  return [...a.children].every(([element, child]) => equalSets(child, b.children.get(element) ?? NOTHING));
}

/** Everything in the set, as paths of elements. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): readonly (readonly string[])[] {
  const below = [...set.children].flatMap(([element, child]) => pathsOf(child, [...prefix, element]));
  return set.member ? [prefix, ...below] : below;
}

/** FieldsV1: `{}` is a member without children, `.` marks a member that has some. */
export function encodeFields(set: FieldSet): JsonObject {
  const children = [...set.children]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([element, child]) => [element, encodeFields(child)]);
  const self = set.member && children.length > 0 ? [['.', {}]] : [];
  return Object.fromEntries([...self, ...children]) as JsonObject;
}

export function decodeFields(fields: unknown): FieldSet {
  if (!isObject(fields)) return NOTHING;
  const children = Object.entries(fields)
    .filter(([element]) => element !== '.')
    .map(([element, child]) => [element, isEmptyObject(child) ? LEAF : decodeFields(child)] as const);
  return fieldSet(Object.hasOwn(fields, '.'), children);
}

/** `.spec.rollout`, `.status.conditions[type="Ready"].status`: how conflicts name a path. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

function elementText(element: string): string {
  const body = element.slice(2);
  if (element.startsWith('f:')) return `.${body}`;
  if (element.startsWith('v:')) return `[=${body}]`;
  const keys = Object.entries(JSON.parse(body) as JsonObject).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}
