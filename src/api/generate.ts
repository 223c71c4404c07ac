// `npm run generate` writes crds/ from the schemas; with --check it only compares, and exits 1 when they differ.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { crdYaml } from './crd-yaml.ts';

const folder = new URL('../../crds/', import.meta.url);
mkdirSync(folder, { recursive: true });

const wanted = new Map(crdYaml().map(({ name, text }) => [name, text]));
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]));
const drifted = [...new Set([...wanted.keys(), ...present.keys()])].filter(
  (name) => wanted.get(name) !== present.get(name),
);

if (process.argv.includes('--check')) check();
else write();

function check(): void {
  if (drifted.length === 0) return;
  for (const name of drifted)
    console.error(`crds/${name} ${present.has(name) ? 'is not what src/api says' : 'is missing'}.`);
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}

function write(): void {
  for (const name of drifted) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(new URL(name, folder));
    else writeFileSync(new URL(name, folder), text);
    console.log(`crds/${name}`);
  }
}
