// docs/reference.md: every field of both kinds as a table, from the same schemas as crds/. Written by generate.ts.
import { customResourceDefinitions } from './crd.ts';
import type { CustomResourceDefinition } from './crd.ts';
import type { Schema } from './crd-schema.ts';

type Field = { readonly path: string; readonly schema: Schema; readonly isRequired: boolean };

const HEAD = `<!-- Generated from src/api by \`npm run generate\`. Do not edit. -->

# Field reference

Both kinds belong to the whole cluster and have no namespace. \`kubectl explain pmm.spec.rollout\` (and so on) says the same, from the cluster.
\`[]\` is an item of a list, \`.*\` a value under any key. **Bold** fields have to be there.
`;

export function referenceText(): string {
  return [HEAD, ...customResourceDefinitions().map(kindText)].join('\n');
}

function kindText({ metadata, spec }: CustomResourceDefinition): string {
  const { kind, shortNames } = spec['names'] as { readonly kind: string; readonly shortNames: readonly string[] };
  const root = spec.versions[0]?.schema.openAPIV3Schema ?? {};
  const parts = ['spec', 'status'].map((part) => partText(part, root.properties?.[part] ?? {}));
  const intro = `## ${kind}\n\n${sentence(root.description)} \`kubectl get ${shortNames[0]}\`; in full \`${metadata.name}\`.\n`;
  return [intro, ...parts, rulesText(root)].join('\n');
}

function partText(name: string, schema: Schema): string {
  const rows = [...fieldsOf(schema, name)].map(row);
  return `### ${name}\n\n| field | type | default | what it is |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** Depth first, a parent before its children. */
function* fieldsOf(schema: Schema, path: string): Generator<Field> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) === true;
    yield { path: `${path}.${name}`, schema: child, isRequired };
    yield* fieldsOf(child, `${path}.${name}`);
    yield* fieldsOf(child.items ?? {}, `${path}.${name}[]`);
    yield* fieldsOf(child.additionalProperties ?? {}, `${path}.${name}.*`);
  }
}

function row({ path, schema, isRequired }: Field): string {
  const name = isRequired ? `**\`${path}\`**` : `\`${path}\``;
  const cells = [name, typeOf(schema), fallback(schema), schema.description ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (schema['x-kubernetes-int-or-string'] === true) return `integer or string${limits(schema)}`;
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}${most(schema.maxItems)}`;
  if (schema.additionalProperties !== undefined)
    return `map of ${typeOf(schema.additionalProperties)}${most(schema.maxProperties)}`;
  if (schema.format === 'date-time') return 'time';
  return `${schema.type ?? ''}${limits(schema)}`;
}

const most = (count: number | undefined): string => (count === undefined ? '' : `, at most ${count} of them`);

function limits({ minimum, maximum, maxLength }: Schema): string {
  const said = [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
  ];
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

/** An object's own default only says that its fields have theirs. */
function fallback(schema: Schema): string {
  return schema.default === undefined || schema.type === 'object' ? '' : `\`${JSON.stringify(schema.default)}\``;
}

/** What the API server refuses besides, in its words. */
function rulesText(root: Schema): string {
  const rules = [...rulesIn(root, '')].map(({ path, message }) => `- ${path === '' ? '' : `\`${path}\`: `}${message}`);
  return rules.length === 0 ? '' : `### What is refused besides\n\n${rules.join('\n')}\n`;
}

function* rulesIn(schema: Schema, path: string): Generator<{ readonly path: string; readonly message: string }> {
  for (const { message, fieldPath = '' } of schema['x-kubernetes-validations'] ?? [])
    yield { path: `${path}${fieldPath}`.replace(/^\./, ''), message };
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* rulesIn(child, `${path}.${name}`);
  if (schema.items !== undefined) yield* rulesIn(schema.items, `${path}[]`);
}

const sentence = (text = ''): string => (text.endsWith('.') ? text : `${text}.`);
