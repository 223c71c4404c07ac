// Where things stand in YAML text: the geometry that splices need and that node ranges alone do not tell.
import { isCollection, isMap, isNode, isPair, isScalar } from 'yaml';
import type { Node, Pair, YAMLMap } from 'yaml';
import type { Source } from './yaml-source.ts';

/** Replace text[start, end) by `text`. */
export type Splice = { readonly start: number; readonly end: number; readonly text: string };

export function applySplice(text: string, splice: Splice): string {
  return text.slice(0, splice.start) + splice.text + text.slice(splice.end);
}

export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Where the node's own text ends: the range of a block collection or block scalar runs on over line breaks and comments. */
export function endOf(source: Source, node: Node): number {
  const last: unknown = isCollection(node) && node.flow !== true ? node.items.at(-1) : undefined;
  if (isPair<Node, Node | null>(last)) return endOfPair(source, last);
  if (isNode(last)) return endOf(source, last);
  const end = node.range?.[1] ?? 0;
  return isBlockScalar(node) && source.text[end - 1] === '\n' ? beforeBreak(source, end - 1) : end;
}

export function isBlockScalar(node: Node): boolean {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

export function endOfPair(source: Source, pair: Pair<Node, Node | null>): number {
  return Math.max(pair.value === null ? 0 : endOf(source, pair.value), pair.key.range?.[1] ?? 0);
}

/** No text stands for this value: `key:` with nothing, or only a comment, behind it. */
export function isBlank(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.range?.[0] === node.range?.[1]);
}

/** The place right behind the colon of a pair. */
export function afterColon(source: Source, pair: Pair<Node, Node | null>): number {
  return source.text.indexOf(':', pair.key.range?.[1] ?? 0) + 1;
}

export function lineStart(source: Source, offset: number): number {
  return offset === 0 ? 0 : source.text.lastIndexOf('\n', offset - 1) + 1;
}

/** The end of the line that holds `offset`, before its line break. */
export function lineEnd(source: Source, offset: number): number {
  const newline = source.text.indexOf('\n', offset);
  return newline === -1 ? source.text.length : beforeBreak(source, newline);
}

/** Where the line break begins whose line feed stands at `newline`. */
export function beforeBreak(source: Source, newline: number): number {
  return source.text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** Spaces before the first key of a block mapping. */
export function indentOf(source: Source, map: YAMLMap): number {
  const first = map.items[0] as Pair<Node> | undefined;
  if (first === undefined) return 0;
  const start = startOf(first.key);
  // A byte order mark stands before the first key, but is no column.
  return source.text.slice(lineStart(source, start), start).replace('\uFEFF', '').length;
}

/** How much deeper the file indents the fields of a section: as its first section does, else two. */
export function indentStep(source: Source): number {
  for (const { value } of source.root.items) {
    if (isMap(value) && value.flow !== true && value.items.length > 0)
      return indentOf(source, value) - indentOf(source, source.root);
  }
  return 2;
}
