// YAML text as kube-proxy's decoder sees it, together with the places of its nodes: everything that reads or edits the
// configuration starts here. Nothing in this room serialises YAML: edits are splices into the original text.
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';

export type Source = {
  readonly kind: 'source';
  readonly text: string;
  readonly root: YAMLMap;
  /** Plain JavaScript value of the document, keys in the order of the text. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly lines: LineCounter;
  /** What ends the file's lines. */
  readonly eol: '\n' | '\r\n';
};

/** A real KubeProxyConfiguration has 1–3 kB. The bound keeps hostile text from holding the event loop. */
const MAX_CONFIG_CHARS = 65_536;

/**
 * Never throws. Refused, with the line: text that is no YAML mapping, several documents (kube-proxy reads the first only),
 * duplicate keys (its strict decoder refuses them, its lenient one takes the last), aliases and merge keys (an edit through an
 * alias would change several places).
 */
export function parseSource(text: string): Source | Problem {
  if (text.length > MAX_CONFIG_CHARS)
    return problem(`The configuration has ${text.length} characters; more than ${MAX_CONFIG_CHARS} are not read.`);
  try {
    return parseChecked(text);
  } catch (error) {
    // The parser throws only when its own recursion or alias limits are passed: such text is no configuration.
    return problem(
      `The configuration cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function parseChecked(text: string): Source | Problem {
  const lines = new LineCounter();
  // YAML 1.1, because kube-proxy decodes with go-yaml v2 (sigs.k8s.io/yaml): `yes` is true there.
  const documents: readonly Document.Parsed[] = parseAllDocuments(text, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const first = documents[0];
  if (first === undefined) return problem('The configuration is empty. It must hold a KubeProxyConfiguration.');
  const syntax = syntaxProblem(documents, lines);
  if (syntax !== undefined) return syntax;
  const root = first.contents;
  if (root === null) return problem('The configuration is empty. It must hold a KubeProxyConfiguration.');
  if (!isMap(root))
    return problem('The configuration is not a mapping of fields. It must hold a KubeProxyConfiguration.', 1);
  const trouble = findTrouble(root, lines);
  if (trouble !== undefined) return trouble;
  const value: Record<string, unknown> = first.toJS({ maxAliasCount: 0 });
  return { kind: 'source', text, root, value, lines, eol: /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n' };
}

function syntaxProblem(documents: readonly Document.Parsed[], lines: LineCounter): Problem | undefined {
  for (const document of documents) {
    const error = document.errors[0];
    if (error === undefined) continue;
    const { line, col } = lines.linePos(error.pos[0]);
    return problem(`The configuration is not valid YAML: line ${line}, column ${col}: ${error.message}`, line);
  }
  const second = documents.slice(1).find(hasContent);
  if (second === undefined) return undefined;
  const { line } = lines.linePos(second.range?.[0] ?? 0);
  return problem(
    `The configuration holds more than one YAML document (the next begins on line ${line}); kube-proxy reads only the first. Keep one.`,
    line,
  );
}

function hasContent(document: Document.Parsed): boolean {
  return document.contents !== null && !(isScalar(document.contents) && document.contents.value === null);
}

/** The first alias, merge key or duplicate key, depth first. */
function findTrouble(node: unknown, lines: LineCounter): Problem | undefined {
  if (isAlias(node))
    return at(node, lines, 'uses a YAML alias (*). Write the value out: an edit must change one place only');
  if (isSeq(node)) return firstOf(node.items, (item) => findTrouble(item, lines));
  if (!isMap(node)) return undefined;
  const seen = new Set<string>();
  return firstOf(node.items, (pair) => {
    // To make a name of nested ones takes minutes.
    if (isCollection(pair.key))
      return at(pair.key, lines, 'has a mapping or a list for a key. Fields have plain names');
    const key = keyOf(pair);
    if (key === '<<') return at(pair.key, lines, 'uses a YAML merge key (<<). Write the fields out');
    if (seen.has(key)) return at(pair.key, lines, `repeats the key ${JSON.stringify(key)}. Keep one of them`);
    seen.add(key);
    return findTrouble(pair.key, lines) ?? findTrouble(pair.value, lines);
  });
}

function firstOf<T>(items: readonly T[], find: (item: T) => Problem | undefined): Problem | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function at(node: unknown, lines: LineCounter, what: string): Problem {
  const { line, col } = lines.linePos((node as Node).range?.[0] ?? 0);
  return problem(`The configuration, line ${line}, column ${col}, ${what}.`, line);
}

export function keyOf(pair: Pair): string {
  if (!isScalar(pair.key)) return String(pair.key);
  // The parser gives a merge key a symbol for its value.
  return typeof pair.key.value === 'symbol' ? '<<' : String(pair.key.value);
}

/** The pair of `key` in a mapping. */
export function findPair(map: YAMLMap, key: string): Pair<Node, Node | null> | undefined {
  return map.items.find((pair) => keyOf(pair) === key) as Pair<Node, Node | null> | undefined;
}

/** The value at `path` as plain JavaScript; undefined when it is not there. */
export function valueAt(source: Source, path: readonly string[]): unknown {
  let value: unknown = source.value;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Line, counted from 1, on which the key at `path` stands. */
export function lineOf(source: Source, path: readonly string[]): number | undefined {
  let map: unknown = source.root;
  let line: number | undefined;
  for (const key of path) {
    const pair = isMap(map) ? findPair(map, key) : undefined;
    if (pair === undefined) return undefined;
    line = source.lines.linePos(pair.key.range?.[0] ?? 0).line;
    map = pair.value;
  }
  return line;
}
