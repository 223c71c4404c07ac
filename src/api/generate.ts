// `npm run generate` writes crds/ and docs/reference.md from the schemas; with --check it only compares, and exits 1 when they differ.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { crdYaml } from './crd-yaml.ts';
import { referenceText } from './reference.ts';

const root = new URL('../../', import.meta.url);
mkdirSync(new URL('crds/', root), { recursive: true });

/** By path in the repository. What else there is in crds/ shall not be. */
const wanted: ReadonlyMap<string, string> = new Map([
  ...crdYaml().map(({ name, text }): [string, string] => [`crds/${name}`, text]),
  ['docs/reference.md', referenceText()],
]);
const present = (file: string): string | undefined => {
  const path = new URL(file, root);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
const found = readdirSync(new URL('crds/', root)).map((name) => `crds/${name}`);
const drifted = [...new Set([...wanted.keys(), ...found])].filter((file) => wanted.get(file) !== present(file));

if (process.argv.includes('--check')) check();
else write();

function check(): void {
  if (drifted.length === 0) return;
  for (const file of drifted)
    console.error(`${file} ${present(file) === undefined ? 'is missing' : 'is not what src/api says'}.`);
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}

function write(): void {
  for (const file of drifted) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(new URL(file, root));
    else writeFileSync(new URL(file, root), text);
    console.log(file);
  }
}
