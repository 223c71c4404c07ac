// values.yaml as a person wrote it: each value with the comment above it. Of it the schema and the README's table are made, so
// that a value is described in one place. @bitnami/readme-generator-for-helm does the same with types only; a chart that
// shall answer a typing error with a sentence needs enums, patterns and closed objects, too.
import { isMap, isScalar, parse, parseDocument, type Pair, type YAMLMap } from 'yaml';

export type Value = {
  /** As in `--set`, from the root. */
  readonly path: readonly string[];
  /** What is said above it, in one line. */
  readonly description: string;
  /** What the `@schema` lines add. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly section: string | undefined;
  readonly fallback: unknown;
  /** The values inside, unless it may hold anything (`additionalProperties`). */
  readonly inner: readonly Value[];
};

const ANNOTATION = /^@schema\s+/;
const SECTION = /^Section:\s+/;

/** Throws when a value has no description: nobody would know what it is for. */
export function readValues(text: string): readonly Value[] {
  const { contents, commentBefore } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is not a map');
  let section: string | undefined;
  return valuesIn(contents, [], commentBefore).map((value) => {
    section = value.section ?? section;
    return { ...value, section };
  });
}

/** The parser gives the comment above the first key to the map, or to the document. */
function valuesIn(map: YAMLMap, path: readonly string[], above = map.commentBefore): readonly Value[] {
  return map.items.map((pair, index) => valueOf(pair, path, index === 0 ? (above ?? '') : ''));
}

function valueOf(pair: Pair, parent: readonly string[], above: string): Value {
  if (!isScalar(pair.key)) throw new Error(`a key below ${parent.join('.')} is not a word`);
  const path = [...parent, String(pair.key.value)];
  const lines = `${above}\n${pair.key.commentBefore ?? ''}`.split('\n').map((line) => line.trim());
  const schema = Object.assign({}, ...lines.filter((line) => ANNOTATION.test(line)).map(annotation)) as Value['schema'];
  const words = lines.slice(lines.findLastIndex((line) => SECTION.test(line)) + 1);
  const description = words.filter((line) => line !== '' && !ANNOTATION.test(line)).join(' ');
  const fallback: unknown = isMap(pair.value) || !isScalar(pair.value) ? toJson(pair.value) : pair.value.value;
  const inner = isMap(pair.value) && schema['additionalProperties'] === undefined ? valuesIn(pair.value, path) : [];
  if (description === '' && inner.length === 0) throw new Error(`values.yaml does not say what ${path.join('.')} is`);
  const section = lines.find((line) => SECTION.test(line))?.replace(SECTION, '');
  return { path, description, schema, section, fallback, inner };
}

function annotation(line: string): unknown {
  return parse(`{${line.replace(ANNOTATION, '')}}`);
}

function toJson(node: unknown): unknown {
  return (node as { readonly toJSON: () => unknown }).toJSON();
}
