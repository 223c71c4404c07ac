// values.schema.json: what Helm holds against the values before it renders anything. Every object is closed, so that a
// mistyped name is an error and not a setting without effect.
import type { Value } from './values-file.ts';

export function schemaText(values: readonly Value[]): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Generated from values.yaml by `npm run generate`. Do not edit.',
    ...objectOf(values),
    // Helm hands these down to every chart.
    properties: { ...propertiesOf(values), global: { type: 'object' } },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function objectOf(values: readonly Value[]): object {
  return { type: 'object', additionalProperties: false, properties: propertiesOf(values) };
}

function propertiesOf(values: readonly Value[]): Record<string, object> {
  return Object.fromEntries(values.map((value) => [value.path.at(-1) ?? '', schemaOf(value)]));
}

function schemaOf({ description, schema, fallback, inner }: Value): object {
  const said = description === '' ? {} : { description };
  if (inner.length > 0) return { ...said, ...objectOf(inner) };
  return { ...said, type: typeOf(fallback), ...schema };
}

function typeOf(fallback: unknown): string {
  if (Array.isArray(fallback)) return 'array';
  return typeof fallback === 'number' ? 'integer' : typeof fallback;
}
