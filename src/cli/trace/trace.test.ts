import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { loadRecording } from '../audit/load-recording.ts';
import { runCommand } from '../program.ts';
import { fakeTerminal } from '../testing/terminal.ts';
import { tellTrace } from './run-trace.ts';

const FIXTURES = fileURLToPath(new URL('../../dataplane/fixtures/', import.meta.url));

async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const terminal = fakeTerminal();
  const code = await runCommand(['trace', ...args], terminal, new AbortController().signal);
  return { code, ...terminal.said };
}

test('the way of a connection is told rule by rule, with chances and counters, and ends in a sentence', async () => {
  const { code, stdout } = await run('shop/echo', '--from-dir', join(FIXTURES, 'iptables'), '--from', 'host');
  expect(code).toBe(0);
  expect(stdout.split('\n').slice(0, 8)).toEqual([
    'node-vm, mode iptables',
    '',
    'shop/echo:echo  ClusterIP 10.96.1.14:7000/TCP, from the node itself (10.0.2.15)',
    '  nat OUTPUT  -j KUBE-SERVICES  [52 packets]',
    '    nat KUBE-SERVICES  -d 10.96.1.14/32 -p tcp --dport 7000 -j KUBE-SVC-XBIIIBHB4L3ZG5IC  [0 packets]',
    '      nat KUBE-SVC-XBIIIBHB4L3ZG5IC  ! -s 10.244.0.0/16 -d 10.96.1.14/32 -p tcp --dport 7000 -j KUBE-MARK-MASQ  [0 packets]',
    '        nat KUBE-MARK-MASQ  -j MARK --set-xmark 0x4000/0x4000  [20 packets]',
    '      nat KUBE-SVC-XBIIIBHB4L3ZG5IC  -j KUBE-SEP-5APKIQE6FNS5HJKE  [0 packets]',
  ]);
  expect(stdout).toContain(
    "Ends at 10.244.1.10:7000, which sees the node's address as its client.\n  ✓ As it should be.",
  );
});

test('a trace through rules of another mode than asked for says what is wrong, and ends with 2', async () => {
  const { code, stdout } = await run('shop/echo', '--from-dir', join(FIXTURES, 'iptables'), '--mode', 'nftables');
  expect(code).toBe(2);
  expect(stdout).toContain('Goes on as it came: no rule leads it to an endpoint. It meets no rule of Services at all.');
  expect(stdout).toContain('✗ Wrong: it finds no rule that leads to an endpoint.');
});

test('JSON has the steps, the endings and the sentence', async () => {
  const { stdout } = await run('shop/echo', '--from-dir', join(FIXTURES, 'nftables'), '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    mode: 'nftables',
    traces: [
      {
        service: 'shop/echo:echo',
        front: 'clusterIP',
        endings: [{ kind: 'endpoint', at: '10.244.1.10:7000', share: 1 }],
        wrong: null,
      },
    ],
  });
});

test('a Service without rules is no fault; one that is not there is', async () => {
  const dir = join(FIXTURES, 'ipvs');
  expect(await run('shop/db', '--from-dir', dir)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is headless'),
  });
  expect(await run('shop/none', '--from-dir', dir)).toMatchObject({
    code: 1,
    stderr: 'kubectl proxymode: There is no Service shop/none.\n',
  });
});

test('where rules are not there to be read, nothing is called broken: neither by trace nor by audit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxymode-trace-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const api = join(FIXTURES, 'api');
  cpSync(join(FIXTURES, 'iptables'), folder, { recursive: true, filter: (from) => !/ip6?tables-save/.test(from) });
  const { code, stdout, stderr } = await run('shop/echo', '--from-dir', folder, '--api', api);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toContain('There is no output of iptables-save, and mode iptables cannot be judged without.');
  const terminal = fakeTerminal();
  const args = ['audit', '--from', folder, '--api', api];
  expect(await runCommand(args, terminal, new AbortController().signal), 'audit').toBe(3);
});

test('what seems wrong on a live node is not certain where something could not be read', () => {
  const flags = { dir: join(FIXTURES, 'iptables'), api: undefined, mode: 'nftables', node: undefined } as const;
  const question = { service: 'shop/echo', port: undefined, from: 'host' } as const;
  const unread = {
    kind: 'unread',
    id: 'not-read',
    severity: 'note',
    service: undefined,
    family: undefined,
    where: 'nft-list-ruleset',
    what: 'Could not be read: exit code 1',
    fix: 'Look at it by hand.',
  } as const;
  const terminal = fakeTerminal();
  expect(tellTrace(loadRecording(flags), { question, output: 'text', unread: [unread] }, terminal)).toBe(3);
  expect(terminal.said.stderr).toContain('nft-list-ruleset: Could not be read: exit code 1');
  expect(tellTrace(loadRecording(flags), { question, output: 'text' }, fakeTerminal())).toBe(2);
});
