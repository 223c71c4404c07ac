// The part of Kubernetes' JSONPath that printer columns and selectable fields use: `.a.b`, `['a.b']`, `[0]`, `[*]` and
// `[?(@.type=="Ready")]`.
import { at, isObject, own } from './json.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly string[]; readonly value: string };

export type JsonPath = (value: unknown) => readonly unknown[];

const TOKENS = [
  String.raw`\.(?<field>(?:\\.|[^.[\]\\])+)`,
  String.raw`\['(?<quoted>[^']+)'\]`,
  String.raw`\[(?<index>-?\d+)\]`,
  String.raw`\[(?<all>\*)\]`,
  String.raw`\[\?\(@\.(?<key>[^=\s]+)\s*==\s*["'](?<value>[^"']*)["']\)\]`,
];

/** Throws when the path uses more of JSONPath than is known here. The result are all matches. */
export function parseJsonPath(text: string): JsonPath {
  const token = new RegExp(TOKENS.join('|'), 'y');
  const steps: Step[] = [];
  while (token.lastIndex < text.length) {
    const start = token.lastIndex;
    const groups = token.exec(text)?.groups;
    if (groups === undefined) throw new Error(`JSONPath ${text} is not understood at position ${start}`);
    steps.push(stepOf(groups));
  }
  return (value) =>
    steps.reduce<readonly unknown[]>((values, step) => values.flatMap((item) => walk(item, step)), [value]);
}

function stepOf(groups: Readonly<Record<string, string | undefined>>): Step {
  if (groups['index'] !== undefined) return { kind: 'index', index: Number(groups['index']) };
  if (groups['all'] !== undefined) return { kind: 'all' };
  if (groups['key'] !== undefined)
    return { kind: 'filter', path: groups['key'].split('.'), value: groups['value'] ?? '' };
  const name = groups['quoted'] ?? groups['field']?.replaceAll(/\\(.)/g, '$1') ?? '';
  return name === '*' ? { kind: 'all' } : { kind: 'field', name };
}

function walk(value: unknown, step: Step): readonly unknown[] {
  switch (step.kind) {
    case 'field':
      return present(isObject(value) ? own(value, step.name) : undefined);
    case 'index':
      return present(Array.isArray(value) ? value.at(step.index) : undefined);
    case 'all':
      if (Array.isArray(value)) return value;
      return isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => String(at(item, ...step.path)) === step.value) : [];
  }
}

function present(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}
