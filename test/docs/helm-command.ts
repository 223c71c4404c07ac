// What a helm command of a document asks for, held against the chart: its path, and its values.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { read, ROOT } from './pages.ts';

type Values = { readonly properties?: Readonly<Record<string, Values>> };

const CHART = 'charts/proxymode';

/** `words` without `helm`. Throws, in words, for what the chart does not have. */
export function checkHelm(words: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      namespace: { type: 'string', short: 'n' },
      'create-namespace': { type: 'boolean' },
      set: { type: 'string', multiple: true },
    },
    allowPositionals: true,
    strict: true,
  });
  const [verb, release, chart] = positionals;
  if (release !== 'proxymode') throw new Error(`the release is called proxymode, not ${release}`);
  if (verb === 'install') {
    if (chart !== CHART || !existsSync(join(ROOT, chart))) throw new Error(`there is no chart ${chart}`);
  } else if (verb !== 'test' || chart !== undefined) throw new Error(`helm ${verb} is not looked at here`);
  for (const one of values.set ?? []) checkValue(one.split('=', 1)[0] ?? '');
}

/** A dotted path into values.schema.json. */
export function checkValue(path: string): void {
  let schema = JSON.parse(read(`${CHART}/values.schema.json`)) as Values;
  for (const step of path.split('.')) {
    const inner = schema.properties?.[step];
    if (inner === undefined) throw new Error(`the chart has no value ${path}`);
    schema = inner;
  }
}
