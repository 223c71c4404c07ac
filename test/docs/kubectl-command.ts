// What a kubectl command of a document asks for, held against what there is: verbs and their flags, resources, fields in JSON paths.
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { customResourceDefinitions } from '../../src/api/crd.ts';
import type { Schema } from '../../src/api/crd-schema.ts';

export type KubectlCommand = {
  readonly verb: string;
  /** `pmm`, `nodes`; undefined for verbs that name none. */
  readonly resource?: string;
  readonly name?: string;
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
};

const text = (short?: string): { readonly type: 'string'; readonly short?: string } => ({
  type: 'string',
  ...(short === undefined ? {} : { short }),
});
const flag = { type: 'boolean' } as const;

/** Of kubectl 1.32 to 1.36, as far as the documents use them. */
const FLAGS: Readonly<Record<string, ParseArgsOptionsConfig>> = {
  annotate: { overwrite: flag },
  apply: { filename: text('f') },
  delete: {},
  describe: { selector: text('l') },
  drain: { 'ignore-daemonsets': flag, 'delete-emptydir-data': flag },
  get: { output: text('o'), selector: text('l'), 'all-namespaces': { ...flag, short: 'A' }, 'show-labels': flag },
  label: { overwrite: flag },
  logs: { selector: text('l'), tail: text() },
  patch: { type: text(), patch: text('p') },
  rollout: {},
  uncordon: {},
  wait: { for: text(), timeout: text() },
};
const WITHOUT_RESOURCE: ReadonlySet<string> = new Set(['apply', 'logs', 'drain', 'uncordon']);

/** Built-in resources the documents name. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'daemonset',
  'daemonsets',
  'deployment',
  'lease',
  'namespace',
  'node',
  'nodes',
  'pod',
  'pods',
]);
const OURS: ReadonlyMap<string, Schema> = new Map(
  customResourceDefinitions().flatMap(({ spec }) => {
    const { shortNames, plural } = spec['names'] as { readonly shortNames: readonly string[]; readonly plural: string };
    const schema = spec.versions[0]?.schema.openAPIV3Schema ?? {};
    return [...shortNames, plural].map((name) => [name, schema] as const);
  }),
);

/** `words` without `kubectl`. Throws, in words, for what kubectl or the cluster would not know. */
export function readKubectl(words: readonly string[]): KubectlCommand {
  const at = words[0] === '-n' ? 2 : 0;
  const verb = words[at] ?? '';
  if (verb === 'explain') return explain(words[at + 1] ?? '');
  const options = FLAGS[verb];
  if (options === undefined) throw new Error(`kubectl has no verb ${verb}, or nobody has listed its flags`);
  const args = words.slice(at + 1);
  const { values: flags, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
  if (verb === 'rollout' && positionals.shift() !== 'status') throw new Error('only rollout status is listed');
  if (WITHOUT_RESOURCE.has(verb)) return { verb, flags: flags as KubectlCommand['flags'] };
  return about(verb, flags as KubectlCommand['flags'], positionals);
}

/** `pmm.spec.rollout`. */
function explain(path: string): KubectlCommand {
  const [resource = '', ...steps] = path.split('.');
  follow(OURS.get(resource) ?? {}, steps.join('.'));
  return { verb: 'explain', resource, flags: {} };
}

/** `pmm NAME` and `pmm/NAME` are the same. */
function about(verb: string, flags: KubectlCommand['flags'], [first = '', second]: readonly string[]): KubectlCommand {
  const [resource = '', name = second] = first.split('/');
  if (!BUILT_IN.has(resource) && !OURS.has(resource)) throw new Error(`there is no resource ${resource}`);
  checkFlags(flags, OURS.get(resource));
  return { verb, resource, flags, ...(name === undefined ? {} : { name }) };
}

function checkFlags({ output, patch, for: condition }: KubectlCommand['flags'], schema: Schema | undefined): void {
  if (typeof output === 'string' && output.startsWith('jsonpath=')) checkJsonPath(output.slice(9), schema);
  if (typeof patch === 'string') JSON.parse(patch);
  if (typeof condition === 'string' && !/^condition=(Ready|Reconciling|Stalled)(=(True|False))?$/.test(condition))
    throw new Error(`nothing has the condition ${condition}`);
}

/** `{range .a.b[?(@.c==true)]}{.d}{"\n"}{end}`: every field of it has to be in the schema. */
function checkJsonPath(template: string, schema: Schema | undefined): void {
  if (schema === undefined) throw new Error('a JSON path into a resource whose schema is not ours');
  let base = schema;
  for (const [, expression = ''] of template.matchAll(/\{([^{}]+)\}/g)) {
    if (expression === 'end') base = schema;
    else if (expression.startsWith('range ')) base = follow(schema, expression.slice(6));
    else if (!expression.startsWith('"')) follow(base, expression);
  }
}

function follow(from: Schema, path: string): Schema {
  const filter = /\[\?\(@\.(\w+)==[^)]*\)\]/;
  const found = path
    .replace(filter, '[]')
    .split('.')
    .filter((step) => step !== '')
    .reduce((schema, step) => field(schema, step), from);
  const asked = filter.exec(path)?.[1];
  if (asked !== undefined) field(found, asked);
  return found;
}

function field(schema: Schema, step: string): Schema {
  const found = schema.properties?.[step.replace('[]', '')];
  if (found === undefined) throw new Error(`there is no field ${step}`);
  return step.endsWith('[]') ? (found.items ?? {}) : found;
}
