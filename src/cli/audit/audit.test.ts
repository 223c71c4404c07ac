import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCommand } from '../program.ts';
import { fakeTerminal } from '../testing/terminal.ts';

const FIXTURES = fileURLToPath(new URL('../../dataplane/fixtures/', import.meta.url));
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A copy of a recording, without the objects beside it. */
function copied(mode: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxymode-recorded-'));
  folders.push(folder);
  cpSync(join(FIXTURES, mode), folder, { recursive: true });
  return folder;
}

async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const terminal = fakeTerminal();
  const code = await runCommand(args, terminal, new AbortController().signal);
  return { code, ...terminal.said };
}

test.each(['iptables', 'ipvs', 'nftables'])('a healthy recording of mode %s is told in two lines', async (mode) => {
  expect(await run('audit', '--from', join(FIXTURES, mode))).toEqual({
    code: 0,
    stderr: '',
    stdout: `node-vm, mode ${mode}: 21 ports of 16 Services, 48 endpoints\n✓ the rules do what Services demand\n`,
  });
});

test('what was left of another mode is an error, and the advice is given once', async () => {
  const { code, stdout } = await run('audit', '--from', join(FIXTURES, 'ipvs-with-iptables-leftovers'));
  expect(code).toBe(2);
  expect(stdout).toContain('✗ 1 error, 5 notes');
  expect(stdout).toContain('✗ leftover  filter KUBE-EXTERNAL-SERVICES, KUBE-NODEPORTS, KUBE-SERVICES  iptables-chains');
  expect(stdout.match(/→/g)).toHaveLength(1);
});

test('JSON has a version, the sum and every finding', async () => {
  const { code, stdout } = await run('audit', '--from', join(FIXTURES, 'iptables'), '--mode', 'nftables', '-o', 'json');
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    node: 'node-vm',
    mode: 'nftables',
    checked: { services: 16, servicePorts: 21, endpoints: 48 },
    findings: expect.arrayContaining([
      expect.objectContaining({
        kind: 'missing',
        id: 'nothing-there',
        severity: 'error',
        service: null,
        family: 'IPv4',
      }),
    ]),
  });
});

test('objects can be somewhere else', async () => {
  const folder = copied('iptables');
  expect((await run('audit', '--from', folder)).stderr).toContain('there are no recorded objects');
  expect((await run('audit', '--from', folder, '--api', join(FIXTURES, 'api'))).code).toBe(0);
});

test.each([
  [['audit', '--record', tmpdir()], '--record needs --node: one folder, one node'],
  [['audit', '--record', FIXTURES, '--node', 'n1'], 'is not empty: name a folder that is, or is not there yet'],
  [['audit', '--record', tmpdir(), '--from', tmpdir()], 'cannot be used with option'],
  [['audit', '--from', tmpdir(), '--api', tmpdir()], 'there is no recording in'],
  [['audit', '--from', join(FIXTURES, 'iptables'), '--node', 'other'], 'There is no node other in nodes.json.'],
  [
    ['audit', '--from', join(FIXTURES, 'iptables'), '--mode', 'userspace'],
    'Allowed choices are iptables, ipvs, nftables.',
  ],
])('%j ends with one sentence', async (args, sentence) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(sentence);
});

test('objects that are no JSON are named', async () => {
  const folder = copied('iptables');
  for (const file of ['services.json', 'endpointslices.json', 'nodes.json'])
    writeFileSync(join(folder, file), '{"items": [');
  expect((await run('audit', '--from', folder, '--api', folder)).stderr).toContain('services.json is no JSON');
});

test('objects that no API server has sent are named, with the field', async () => {
  const folder = copied('iptables');
  cpSync(join(FIXTURES, 'api'), join(folder, 'api'), { recursive: true });
  writeFileSync(join(folder, 'api', 'services.json'), '{"items": [{"metadata": {"name": "a"}, "spec": {"ports": 5}}]}');
  const { code, stderr } = await run('audit', '--from', folder);
  expect(code).toBe(1);
  expect(stderr).toContain('services.json holds what the API server would not have sent: spec.ports');
});

test('what a node wrote cannot move the cursor', async () => {
  const folder = copied('iptables');
  writeFileSync(join(folder, 'iptables-save-c.txt'), '*nat\n:KUBE-SERVICES - [0:0]\n\u001b[2Jnot a rule\n');
  const { stdout } = await run('audit', '--from', folder, '--api', join(FIXTURES, 'api'));
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('not-understood');
});
