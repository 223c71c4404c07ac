// Makes what of the chart is written elsewhere: the copies of crds/ (a chart cannot reach outside its folder), the schema and the
// README's tables from values.yaml, the version from package.json; and docs/runbook.md from its alerts. With --check it only
// compares, and exits 1 when they differ.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runbookText } from './runbook.ts';
import { readValues } from './values-file.ts';
import { schemaText } from './values-schema.ts';
import { withTables } from './values-table.ts';

const root = join(import.meta.dirname, '..');
const CHART = 'charts/proxymode';
const COPIES = `${CHART}/files/crds`;

/** By path in the repository; undefined: there is to be no such file. */
function generated(): ReadonlyMap<string, string | undefined> {
  const values = readValues(read(`${CHART}/values.yaml`));
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const versioned = read(`${CHART}/Chart.yaml`).replace(/^(version|appVersion): .*$/gm, `$1: ${version}`);
  const wanted = new Map<string, string | undefined>([
    [`${CHART}/Chart.yaml`, versioned],
    [`${CHART}/values.schema.json`, schemaText(values)],
    [`${CHART}/README.md`, withTables(read(`${CHART}/README.md`), values)],
    ['docs/runbook.md', runbookText(read(`${CHART}/files/alerts.yaml`))],
  ]);
  for (const name of readdirSync(join(root, COPIES))) wanted.set(`${COPIES}/${name}`, undefined);
  for (const name of readdirSync(join(root, 'crds'))) wanted.set(`${COPIES}/${name}`, read(`crds/${name}`));
  return wanted;
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Paths in the repository, of those that are not what they should be. */
function drifted(wanted: ReadonlyMap<string, string | undefined>): readonly string[] {
  return [...wanted.keys()].filter((file) => {
    const path = join(root, file);
    return (existsSync(path) ? readFileSync(path, 'utf8') : undefined) !== wanted.get(file);
  });
}

function check(): void {
  const files = drifted(generated());
  if (files.length === 0) return;
  for (const file of files) process.stderr.write(`${file} is not what it is generated from.\n`);
  process.stderr.write('Run `npm run generate` and commit the result.\n');
  process.exitCode = 1;
}

function write(): void {
  const wanted = generated();
  for (const file of drifted(wanted)) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(join(root, file));
    else writeFileSync(join(root, file), text);
    process.stdout.write(`${file}\n`);
  }
}

if (process.argv.includes('--check')) check();
else write();
