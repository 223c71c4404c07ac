// Careful reading of what has no type here: custom resources, YAML inside ConfigMaps.
import { isCollection, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { known, unseen } from '../known.ts';
import type { Known } from '../known.ts';

export type Fields = Readonly<Record<string, unknown>>;

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Of what is kept by names that others give: `constructor` and the like are no entries. */
export function own<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

/** undefined when anything above is missing. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((below, key) => asFields(below)[key], value);
}

export function textAt(value: unknown, path: readonly string[]): string | undefined {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
}

/** Strings, numbers and booleans as text. */
export function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** What is read here has a few kB. The bound keeps hostile text from holding the event loop. */
const MAX_CHARS = 65_536;

/** YAML or JSON text that is a mapping. `where` names it in the reason. Anybody may have written the text. */
export function parseFields(text: string, where: string): Known<Fields> {
  if (text.length > MAX_CHARS)
    return unseen(`${where} has ${text.length} characters; more than ${MAX_CHARS} are not read`);
  try {
    const lines = new LineCounter();
    // The parser compares every key with every other one; `keyTrouble` needs a look at each.
    const document = parseDocument(text, {
      version: '1.1',
      uniqueKeys: false,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const trouble = syntaxTrouble(document, lines) ?? keyTrouble(document);
    if (trouble !== undefined) return unseen(`${where} cannot be read: ${trouble}`);
    const value: unknown = document.toJS({ maxAliasCount: 10 });
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return known(asFields(value));
    return unseen(`${where} is no mapping`);
  } catch (error) {
    // Of what is nested too deeply, and of aliases that grow too large.
    const said = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return unseen(`${where} cannot be read: ${said}`);
  }
}

function syntaxTrouble({ errors: [first] }: Document.Parsed, lines: LineCounter): string | undefined {
  if (first === undefined) return undefined;
  const { line, col } = lines.linePos(first.pos[0]);
  return `${first.message} at line ${line}, column ${col}`;
}

/** A key that stands twice, or is itself a mapping or list: to make a name of nested ones takes minutes. */
function keyTrouble(document: Document.Parsed): string | undefined {
  let trouble: string | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (isCollection(key)) trouble = 'a key is no plain name';
        else if (isScalar(key) && seen.has(key.value)) trouble = `the key ${String(key.value)} stands there twice`;
        if (isScalar(key)) seen.add(key.value);
      }
      return trouble === undefined ? undefined : visit.BREAK;
    },
  });
  return trouble;
}
