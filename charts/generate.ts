// Makes what of the chart is written elsewhere: the copies of crds/ (a chart cannot reach outside its folder), the schema and the
// README's tables from values.yaml, the version from package.json. With --check it only compares, and exits 1 when they differ.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readValues } from './values-file.ts';
import { schemaText } from './values-schema.ts';
import { withTables } from './values-table.ts';

const root = join(import.meta.dirname, '..');
const chart = join(import.meta.dirname, 'proxymode');
const COPIES = 'files/crds';

/** By path inside the chart; undefined: there is to be no such file. */
function generated(): ReadonlyMap<string, string | undefined> {
  const read = (file: string): string => readFileSync(join(chart, file), 'utf8');
  const values = readValues(read('values.yaml'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const wanted = new Map<string, string | undefined>([
    ['Chart.yaml', read('Chart.yaml').replace(/^(version|appVersion): .*$/gm, `$1: ${version}`)],
    ['values.schema.json', schemaText(values)],
    ['README.md', withTables(read('README.md'), values)],
  ]);
  for (const name of readdirSync(join(chart, COPIES))) wanted.set(join(COPIES, name), undefined);
  for (const name of readdirSync(join(root, 'crds')))
    wanted.set(join(COPIES, name), readFileSync(join(root, 'crds', name), 'utf8'));
  return wanted;
}

/** Paths inside the chart, of those that are not what they should be. */
function drifted(wanted: ReadonlyMap<string, string | undefined>): readonly string[] {
  return [...wanted.keys()].filter((file) => {
    const path = join(chart, file);
    return (existsSync(path) ? readFileSync(path, 'utf8') : undefined) !== wanted.get(file);
  });
}

function check(): void {
  const files = drifted(generated());
  if (files.length === 0) return;
  for (const file of files) process.stderr.write(`charts/proxymode/${file} is not what it is generated from.\n`);
  process.stderr.write('Run `npm run generate` and commit the result.\n');
  process.exitCode = 1;
}

function write(): void {
  const wanted = generated();
  for (const file of drifted(wanted)) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(join(chart, file));
    else writeFileSync(join(chart, file), text);
    process.stdout.write(`charts/proxymode/${file}\n`);
  }
}

if (process.argv.includes('--check')) check();
else write();
