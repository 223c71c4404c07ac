import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wantedFrom } from './dry-run.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxymode-plan-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'migration.yaml');
  writeFileSync(path, text);
  return path;
}

it('takes name and spec of the migration in a file', () => {
  const path = file('kind: ProxyModeMigration\nmetadata: { name: ours }\nspec: { mode: ipvs, paused: true }\n');
  expect(wantedFrom(path)).toEqual({ name: 'ours', spec: { mode: 'ipvs', paused: true } });
});

it.each([
  '',
  'kind: ConfigMap\n',
  'kind: ProxyModeMigration\n',
  '42',
  '{ "kind": "ProxyModeMigration", "spec": null }',
])('says so when a file holds none: %j', (text) => {
  const path = file(text);
  expect(() => wantedFrom(path)).toThrow(`${path} does not hold a ProxyModeMigration`);
});

it('says so when a file cannot be read', () => {
  expect(() => wantedFrom(join(folder, 'none'))).toThrow(/none cannot be read: Error: ENOENT/);
  const path = file('a: [');
  expect(() => wantedFrom(path)).toThrow('cannot be read');
});
