import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { findUnit } from './find-unit.ts';
import type { WantedUnit } from './find-unit.ts';
import { fakeSystemd } from './testing/fake-systemd.ts';
import type { FakeSystemd } from './testing/fake-systemd.ts';

let node: FakeSystemd;
let options: string;

beforeEach(() => {
  node = fakeSystemd();
  options = join(node.plain, "kube proxy's.conf");
});
afterEach(() => node.remove());

const unit = (execStart: string, ...more: readonly string[]): string =>
  ['# /etc/systemd/system/kube-proxy.service', '[Service]', ...more, `ExecStart=${execStart}`, ''].join('\n');

const withOptions = (text: string): void => {
  writeFileSync(options, text);
  node.setUnit(
    'kube-proxy.service',
    {},
    unit('/opt/kubernetes/bin/kube-proxy $KUBE_PROXY_OPTS', `EnvironmentFile=${options}`),
  );
};

async function problemOf(wanted?: WantedUnit): Promise<string> {
  const found = await findUnit(node.shell, wanted);
  if (found.kind !== 'problem') throw new Error(JSON.stringify(found));
  return found.message;
}

describe('findUnit', () => {
  it('finds the file named by --config in the options file, and the flags that lose to it', async () => {
    withOptions(readFixture('units/binary-guide.conf'));
    expect(await findUnit(node.shell)).toMatchObject({
      kind: 'place',
      unit: 'kube-proxy.service',
      file: '/opt/kubernetes/cfg/kube-proxy-config.yml',
      holds: 'config',
      voidFlags: ['--proxy-mode=ipvs', '--masquerade-all=true', '--feature-gates=SupportIPVSProxyMode=true'],
      logDir: '/opt/kubernetes/logs',
      logFile: undefined,
    });
    expect(node.shell.commands).toHaveLength(2);
  });

  it('finds the options file where there are flags only', async () => {
    withOptions(readFixture('units/flags-only.conf'));
    expect(await findUnit(node.shell)).toMatchObject({
      file: options,
      holds: 'options',
      voidFlags: [],
      logDir: undefined,
    });
  });

  it('needs no options file', async () => {
    node.setUnit('kube-proxy.service', {}, readFixture('units/kubeasz.service'));
    expect(await findUnit(node.shell)).toMatchObject({
      file: '/var/lib/kube-proxy/kube-proxy-config.yaml',
      words: ['/opt/kube/bin/kube-proxy', '--config=/var/lib/kube-proxy/kube-proxy-config.yaml'],
    });
    expect(node.shell.commands).toHaveLength(1);
  });

  it('takes the unit it is told, with or without its suffix', async () => {
    node.setUnit('kp@1.service', {}, unit('/usr/bin/kube-proxy --config=/etc/%i.yaml'));
    for (const name of ['kp@1', 'kp@1.service'])
      expect(await findUnit(node.shell, { unit: name })).toMatchObject({ unit: 'kp@1.service', file: '/etc/1.yaml' });
  });

  it('looks for another unit where none is called kube-proxy', async () => {
    const start = '{ path=/opt/bin/kube-proxy ; argv[]=/opt/bin/kube-proxy --config=/etc/kp.yaml ; ignore_errors=no }';
    node.setUnit('ssh.service', { ExecStart: '{ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D }' });
    node.setUnit('proxy.service', { ExecStart: start }, unit('/opt/bin/kube-proxy --config=/etc/kp.yaml'));
    expect(await findUnit(node.shell)).toMatchObject({ unit: 'proxy.service', file: '/etc/kp.yaml' });
  });

  it('says so where there is none', async () => {
    node.setUnit('k3s.service', { ExecStart: '{ path=/usr/local/bin/k3s ; argv[]=/usr/local/bin/k3s server }' });
    expect(await problemOf()).toContain('kube-proxy runs inside k3s');
    expect(await problemOf({ unit: 'other' })).toBe(
      'Node n1 has no unit other.service. Correct spec.kubeProxy.systemd.unit.',
    );
    expect(await problemOf({ unit: 'k3s' })).toContain('kube-proxy runs inside k3s');
  });

  it.each<[string, () => void, RegExp]>([
    [
      'masked',
      () => node.setUnit('kube-proxy.service', { LoadState: 'masked' }, ''),
      /kube-proxy.service on node n1 is masked/,
    ],
    [
      'changed and not read again',
      () => node.setUnit('kube-proxy.service', { NeedDaemonReload: 'yes' }, unit('/kube-proxy')),
      /Run systemctl daemon-reload there/,
    ],
    [
      'a script',
      () => node.setUnit('kube-proxy.service', {}, unit('/opt/start.sh')),
      /starts \/opt\/start.sh, not kube-proxy/,
    ],
    [
      'a container',
      () => node.setUnit('kube-proxy.service', {}, unit('/usr/bin/podman run kube-proxy')),
      /in a container/,
    ],
    [
      'without options that could be edited',
      () => node.setUnit('kube-proxy.service', {}, unit('/kube-proxy --v=2')),
      /takes no options from a file/,
    ],
    [
      'with options that are missing',
      () => node.setUnit('kube-proxy.service', {}, unit('/kube-proxy $X', 'EnvironmentFile=/nowhere/x')),
      /needs \/nowhere\/x/,
    ],
    [
      'with options that are no file',
      () => node.setUnit('kube-proxy.service', {}, unit('/kube-proxy $X', 'EnvironmentFile=/dev')),
      /\/dev is not a regular file/,
    ],
    [
      'with a relative path',
      () => node.setUnit('kube-proxy.service', {}, unit('/kube-proxy --config=kp.yaml')),
      /relative path kp.yaml/,
    ],
    [
      'with a specifier',
      () => node.setUnit('kube-proxy.service', {}, unit('/kube-proxy --config=/etc/%H.yaml')),
      /specifier/,
    ],
  ])('refuses a unit that is %s', async (_what, make, message) => {
    make();
    expect(await problemOf()).toMatch(message);
  });

  it('passes over options that are missing and need not be there', async () => {
    node.setUnit('kube-proxy.service', {}, unit('/kube-proxy --config=/a $X', 'EnvironmentFile=-/nowhere/x'));
    expect(await findUnit(node.shell)).toMatchObject({ file: '/a' });
  });

  it('refuses a file that is not the one kube-proxy will read', async () => {
    node.setUnit('kube-proxy.service', {}, unit('/kube-proxy --config=/etc/a.yaml'));
    expect(await findUnit(node.shell, { configFile: '/etc/a.yaml' })).toMatchObject({ kind: 'place' });
    expect(await problemOf({ configFile: '/etc/b.yaml' })).toContain(
      '--config=/etc/a.yaml, but spec.kubeProxy.systemd.configFile is /etc/b.yaml',
    );
  });

  it('refuses a unit whose next start would change more than the mode', async () => {
    const argv0 = '/usr/bin/kube-proxy';
    const running = spawn('/bin/sh', ['-c', 'echo up; read x', '--config=/etc/old.yaml'], { argv0 });
    try {
      await once(running.stdout, 'data');
      node.setUnit('kube-proxy.service', { MainPID: running.pid ?? 0 }, unit('/kube-proxy --config=/etc/new.yaml'));
      expect(await problemOf()).toMatch(
        /that runs has --config=\/etc\/old.yaml, but the next start .* --config=\/etc\/new.yaml/,
      );
      node.setUnit('kube-proxy.service', {}, unit('/kube-proxy --config=/etc/old.yaml'));
      expect(await findUnit(node.shell)).toMatchObject({ kind: 'place', file: '/etc/old.yaml' });
    } finally {
      running.stdin.end();
      await once(running, 'close');
    }
  });

  it.each(['*', 'a b', '$(id)', '../x', '', '-x\n'])('does not ask systemd for a unit called %j', async (name) => {
    expect(await problemOf({ unit: name })).toContain('is not the name of a unit');
    expect(node.shell.commands).toEqual([]);
  });

  it('passes on that the node was not reached', async () => {
    node.shell.answer = { kind: 'refused', message: 'unknown host key' };
    expect(await findUnit(node.shell)).toEqual({ kind: 'refused', message: 'unknown host key' });
  });

  it('passes on what systemctl says where there is no systemd', async () => {
    node.shell.answer = {
      kind: 'exited',
      code: 1,
      stdout: '',
      stderr: 'System has not been booted\nFailed to connect\u001b[2J\n',
      truncated: false,
    };
    expect(await problemOf()).toBe('On node n1: Failed to connect\\u{1b}[2J (exit code 1)');
  });
});
