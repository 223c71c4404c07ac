// Sets and removes single fields of a YAML document by splicing its text: every byte that is not the field's own stays.
// Each function answers one splice; the callers parse again after each and check at the end that the value is what was meant.
import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import {
  afterColon,
  beforeBreak,
  endOf,
  endOfPair,
  indentOf,
  indentStep,
  isBlank,
  lineEnd,
  lineStart,
  startOf,
} from './yaml-layout.ts';
import type { Splice } from './yaml-layout.ts';
import { flowMap, keyQuote, render, scalarQuote, styleOf } from './yaml-render.ts';
import type { FieldValue } from './yaml-render.ts';
import { findPair } from './yaml-source.ts';
import type { Source } from './yaml-source.ts';

/** A field of the top level, or of a section of it. */
export type FieldPath = readonly [string] | readonly [string, string];

/** The splice that gives `path` the value; undefined when its section is there but is no mapping. */
export function setField(source: Source, path: FieldPath, value: FieldValue): Splice | undefined {
  const [first, second] = path;
  const pair = findPair(source.root, first);
  if (second === undefined)
    return pair === undefined
      ? insert(source, source.root, first, render(value, styleOf(source.root)))
      : replace(source, pair, value);
  if (pair === undefined) return insertSection(source, first, second, value);
  if (isMap(pair.value)) {
    const inner = findPair(pair.value, second);
    if (inner !== undefined) return replace(source, inner, value);
    return insert(source, pair.value, second, render(value, styleOf(pair.value)));
  }
  const unset = pair.value === null || (isScalar(pair.value) && pair.value.value === null);
  return unset ? fillSection(source, pair, second, value) : undefined;
}

/** The splice that takes the pair out again; undefined when it is not there. */
export function removeField(source: Source, path: FieldPath): Splice | undefined {
  const [first, second] = path;
  const section = findPair(source.root, first);
  if (second === undefined) return section && removePair(source, source.root, section);
  if (section === undefined || !isMap(section.value)) return undefined;
  const pair = findPair(section.value, second);
  return pair && removePair(source, section.value, pair);
}

/** The source text of a value, '' when nothing is written. */
export function writtenAt(source: Source, path: FieldPath): string {
  const node = nodeAt(source, path);
  return node ? source.text.slice(startOf(node), endOf(source, node)) : '';
}

/** undefined: no such key; null: a key without a value. */
export function nodeAt(source: Source, path: FieldPath): Node | null | undefined {
  const [first, second] = path;
  const pair = findPair(source.root, first);
  if (second === undefined || pair === undefined) return pair?.value;
  return isMap(pair.value) ? findPair(pair.value, second)?.value : undefined;
}

/** Leaves `key:` with nothing behind the colon. */
export function clearField(source: Source, path: FieldPath): Splice | undefined {
  const [first, second] = path;
  const section = findPair(source.root, first);
  const inner = second !== undefined && isMap(section?.value) ? findPair(section.value, second) : undefined;
  const pair = second === undefined ? section : inner;
  return pair && { start: afterColon(source, pair), end: endOfPair(source, pair), text: '' };
}

/** Puts literal text in place of a value that is a scalar or a flow collection. */
export function putText(source: Source, node: Node, text: string): Splice {
  return { start: startOf(node), end: endOf(source, node), text };
}

function replace(source: Source, pair: Pair<Node, Node | null>, value: FieldValue): Splice {
  const node = pair.value;
  if (node === null || isBlank(node)) {
    const start = afterColon(source, pair);
    return { start, end: start, text: ` ${render(value, keyQuote(pair.key))}` };
  }
  if (isSeq(node) && node.flow !== true) return replaceBlockList(source, pair, node, value);
  const quote = isScalar(node) && node.type !== 'PLAIN' ? scalarQuote(node) : keyQuote(pair.key);
  return putText(source, node, render(value, quote));
}

function replaceBlockList(source: Source, pair: Pair<Node, Node | null>, node: YAMLSeq, value: FieldValue): Splice {
  if (typeof value !== 'object' || value.length === 0)
    return { start: afterColon(source, pair), end: endOf(source, node), text: ` ${render(value, '')}` };
  const start = startOf(node);
  const indent = source.text.slice(lineStart(source, start), start);
  return {
    start,
    end: endOf(source, node),
    text: value.map((item) => `- ${JSON.stringify(item)}`).join(source.eol + indent),
  };
}

/** Adds a pair behind the last one of a mapping that has at least one, or into an empty flow mapping. */
function insert(source: Source, map: YAMLMap, key: string, value: string): Splice {
  if (map.flow === true) return insertFlow(source, map, key, value);
  const start = lineEnd(source, endOf(source, map));
  return { start, end: start, text: `${source.eol}${' '.repeat(indentOf(source, map))}${key}: ${value}` };
}

function insertFlow(source: Source, map: YAMLMap, key: string, value: string): Splice {
  const name = styleOf(map) === '"' ? JSON.stringify(key) : key;
  const first = map.items[0] as Pair<Node, Node | null> | undefined;
  const last = map.items.at(-1) as Pair<Node, Node | null> | undefined;
  if (first === undefined || last === undefined) {
    const start = startOf(map) + 1;
    return { start, end: start, text: `${name}: ${value}` };
  }
  const colon = afterColon(source, first);
  const compact = styleOf(map) === '"' && !/\s/.test(source.text[colon] ?? '');
  const lead = source.text.slice(startOf(map) + 1, startOf(first.key));
  const gap = lead.includes('\n') ? source.eol + lead.slice(lead.lastIndexOf('\n') + 1) : compact ? '' : ' ';
  const start = endOfPair(source, last);
  // `{a: 1,}` is YAML: the new pair goes before that comma.
  return { start, end: start, text: `,${gap}${name}:${compact ? '' : ' '}${value}` };
}

function insertSection(source: Source, section: string, key: string, value: FieldValue): Splice {
  const quote = styleOf(source.root);
  const text = render(value, quote);
  if (source.root.flow === true) return insertFlow(source, source.root, section, flowMap(key, text, quote));
  const indent = ' '.repeat(indentOf(source, source.root) + indentStep(source));
  const head = insert(source, source.root, section, '').text.trimEnd();
  const start = lineEnd(source, endOf(source, source.root));
  return { start, end: start, text: `${head}${source.eol}${indent}${key}: ${text}` };
}

/** A section that is there, but `null` or without a value. */
function fillSection(source: Source, pair: Pair<Node, Node | null>, key: string, value: FieldValue): Splice {
  const quote = keyQuote(pair.key);
  const text = render(value, quote);
  const flow = flowMap(key, text, quote);
  if (pair.value !== null && !isBlank(pair.value)) return putText(source, pair.value, flow);
  if (source.root.flow === true) {
    const start = afterColon(source, pair);
    return { start, end: start, text: ` ${flow}` };
  }
  const start = lineEnd(source, afterColon(source, pair));
  const indent = ' '.repeat(indentOf(source, source.root) + indentStep(source));
  return { start, end: start, text: `${source.eol}${indent}${key}: ${text}` };
}

function removePair(source: Source, map: YAMLMap, pair: Pair<Node, Node | null>): Splice {
  if (map.flow === true) return removeFlow(source, map, pair);
  const start = lineStart(source, startOf(pair.key));
  const end = lineEnd(source, endOfPair(source, pair));
  if (start > 0) return { start: beforeBreak(source, start - 1), end, text: '' };
  // The first line goes together with the break behind it; a byte order mark before it stays.
  const newline = source.text.indexOf('\n', end);
  return { start: startOf(pair.key), end: newline === -1 ? end : newline + 1, text: '' };
}

function removeFlow(source: Source, map: YAMLMap, pair: Pair<Node, Node | null>): Splice {
  const index = map.items.indexOf(pair);
  const before = map.items[index - 1] as Pair<Node, Node | null> | undefined;
  const after = map.items[index + 1] as Pair<Node, Node | null> | undefined;
  if (before !== undefined) return { start: endOfPair(source, before), end: endOfPair(source, pair), text: '' };
  return {
    start: startOf(pair.key),
    end: after === undefined ? endOfPair(source, pair) : startOf(after.key),
    text: '',
  };
}
