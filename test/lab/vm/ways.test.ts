// Ways to a unit other than root's to one with --config on a registered node: a user who may hardly do anything, flags in an
// options file, a machine without a Node object behind a jump host; and the way back when somebody deletes a migration.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allows, inWords, rightsOf } from '../../chart/granted.ts';
import { auditedOf } from '../audit.ts';
import { OPERATOR_NAMESPACE, userName } from '../operator-user.ts';
import { until } from '../until.ts';
import { patience } from './migrations.ts';
import { CONFIG, INSTALLED } from './unit.ts';
import { migrations, original, unit, unitTests, vm } from './unit-tests.ts';

const README = join(import.meta.dirname, '../../../README.md');
const USER = 'proxymode';
const OPTIONS = '/etc/kubernetes/kube-proxy.env';
const BLOCK = '/etc/modprobe.d/test.conf';
const DROP_IN = '/etc/systemd/system/kube-proxy.service.d/flags.conf';

unitTests();

function write(path: string, text: string, mode = '0644'): Promise<string> {
  const script = 'mkdir -p "${1%/*}" && umask 077 && cat >"$1" && chmod "$2" "$1"';
  return vm.stdout(['sh', '-c', script, 'write', path, mode], { input: text });
}

async function succeeded(name: string): Promise<void> {
  expect(await migrations.phase(name, 'Succeeded', 'RolledBack', 'Failed')).toMatchObject({ phase: 'Succeeded' });
}

describe('a user who may do nothing but what the README says', () => {
  // Which rules iptables has only root can see.
  const accept = ['forward-drop', 'host-firewall-holes'];
  const preflight = { kernelModules: 'Check', sysctls: 'Check', accept };

  beforeAll(async () => {
    const [, rules = ''] = /```sudoers\n(.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
    await write(`/etc/sudoers.d/${USER}`, rules, '0440');
    await vm.stdout(['visudo', '--check', `--file=/etc/sudoers.d/${USER}`]);
    // '*': sshd without PAM lets nobody in whose account is locked.
    const login = ['--create-home', '--shell', '/bin/sh', '--password', '*'];
    await vm.stdout(['useradd', ...login, '--groups', 'systemd-journal', USER]);
  });

  test('cannot do anything else', async () => {
    const asUser = (...argv: readonly string[]) => vm.ssh(argv, { user: USER });
    expect((await asUser('sudo', '-n', 'true')).code).toBe(1);
    expect((await asUser('sudo', '-n', 'systemctl', 'restart', 'ssh')).code).toBe(1);
    expect((await asUser('sudo', '-n', 'cat', '/etc/shadow')).code).toBe(1);
    expect((await asUser('sh', '-c', `echo >>${CONFIG}`)).code).not.toBe(0);
  });

  test('moves kube-proxy to nftables', async () => {
    await migrations.apply('modest', { mode: 'nftables', preflight }, { ssh: { user: USER } });
    await succeeded('modest');
    expect(await vm.proxyMode()).toBe('nftables');
    expect(await unit.config()).toBe(original.replace(/^mode: .*$/m, 'mode: nftables'));
    expect(await vm.stdout(['stat', '--format=%U %G %a', CONFIG])).toBe('root root 644\n');
    expect(await unit.files()).toEqual(INSTALLED);
    await unit.serviceAnswers();
    await migrations.remove('modest');
  });

  test('and back, when the migration is deleted in mid-flight', async () => {
    const before = await unit.starts();
    const now = await unit.config();
    await migrations.apply('unwanted', { mode: 'iptables', preflight }, { ssh: { user: USER } });
    await until('the node to be verified', async () => (await migrations.record('unwanted')).phase === 'Verifying', {
      ...patience,
      every: 50,
    });
    await migrations.remove('unwanted');
    expect(await unit.config()).toBe(now);
    expect(await unit.files()).toEqual(INSTALLED);
    expect(await unit.starts()).toBe(before + 2);
    await until('nftables', async () => (await vm.proxyMode()) === 'nftables' && vm.hasSynced(), patience);
    await unit.serviceAnswers();
  });
});

describe('a machine without a Node object, behind a jump host', () => {
  // The name leads somewhere only on the VM itself, which is its own jump host.
  const edge = { name: 'edge', address: 'vm1' };
  const jump = { user: 'root', jump: { host: '10.250.0.50', user: 'ops' } };

  beforeAll(async () => {
    await vm.reset();
    await vm.lab.kubectl('delete', 'node', vm.node);
  });

  afterAll(() => vm.register());

  test('is waited for until it answers, before anything is changed', async () => {
    const before = await unit.invocation();
    const gone = { name: 'gone', address: '10.250.0.99' };
    await migrations.apply('edge', { mode: 'ipvs' }, { ssh: jump, systemd: { nodes: [edge, gone] } });
    const { message } = await migrations.stalled('edge', 'NodesUnreadable');
    expect(message).toContain('gone: ');
    expect(message).not.toContain('edge: ');
    expect(message).toContain('spec.kubeProxy.systemd.nodes');
    expect(await unit.invocation()).toBe(before);
    expect(await unit.config()).toBe(original);
  });

  test('is made ready, switched and verified as a node is', async () => {
    const before = await unit.starts();
    await migrations.apply('edge', { mode: 'ipvs' }, { ssh: jump, systemd: { nodes: [edge] } });
    await succeeded('edge');
    expect(await migrations.record('edge', 'edge')).toMatchObject({
      phase: 'Switched',
      preparation: { modules: expect.arrayContaining(['ip_vs']) as string[] },
      evidence: { mode: 'ipvs', podUID: await unit.invocation() },
    });
    expect(await vm.proxyMode()).toBe('ipvs');
    expect(await unit.starts()).toBe(before + 1);
    expect(await unit.files()).toEqual(INSTALLED);
    const journal = await vm.stdout(['journalctl', '--unit=kube-proxy', '--boot', '--output=cat', '--no-pager']);
    expect(journal).toContain('Timed out waiting for node to exist');
    await unit.serviceAnswers();
    await migrations.remove('edge');
  });
});

describe('flags in an options file, by way of a drop-in', () => {
  const flags = (mode: string): string =>
    [
      '# Managed by hand.',
      'KUBE_PROXY_LOG="--v=2"',
      `KUBE_PROXY_ARGS="--kubeconfig=/etc/kubernetes/kube-proxy.kubeconfig --hostname-override=vm1 --proxy-mode=${mode} \\`,
      '  --cluster-cidr=10.244.0.0/16"',
      '',
    ].join('\n');

  beforeAll(async () => {
    await vm.reset();
    await write(OPTIONS, flags('iptables'));
    const start = '/usr/local/bin/kube-proxy $KUBE_PROXY_LOG $KUBE_PROXY_ARGS';
    await write(DROP_IN, `[Service]\nEnvironmentFile=\nEnvironmentFile=-${OPTIONS}\nExecStart=\nExecStart=${start}\n`);
    await unit.restarted('iptables');
  });

  test('the exact bytes come back when the mode does not work', async () => {
    await write(BLOCK, 'install ip_vs /bin/false\n');
    const accept = ['ipvs-modules', 'ipvs-scheduler'];
    await migrations.apply('daring', { mode: 'ipvs', preflight: { kernelModules: 'Skip', accept } });
    expect(await migrations.phase('daring', 'Succeeded', 'RolledBack', 'Failed')).toMatchObject({
      phase: 'RolledBack',
    });
    expect(await vm.stdout(['cat', OPTIONS])).toBe(flags('iptables'));
    expect(await vm.proxyMode()).toBe('iptables');
    await unit.serviceAnswers();
    await migrations.remove('daring');
    await vm.stdout(['rm', BLOCK]);
  });

  test('one word of them changes, and every other byte is kept', async () => {
    await migrations.apply('flags', { mode: 'ipvs' });
    await succeeded('flags');
    expect(await vm.stdout(['cat', OPTIONS])).toBe(flags('ipvs'));
    expect(await vm.stdout(['cat', CONFIG])).toBe(original);
    expect(await vm.proxyMode()).toBe('ipvs');
    expect(await unit.files()).toEqual([...INSTALLED, 'kube-proxy.env'].toSorted());
    await unit.serviceAnswers();
    await migrations.remove('flags');
  });
});

// What test/chart/used-rights.test.ts cannot tell without a machine.
test('all of it was allowed by the rights the chart gives for SSH, and none of those was for nothing', () => {
  const asked = auditedOf(vm.lab.state, userName('ssh'));
  expect(asked.filter(({ decision }) => decision === 'forbid')).toEqual([]);
  const ofSsh = rightsOf('ssh', OPERATOR_NAMESPACE).filter(({ role }) => role === 'proxymode-ssh');
  expect(ofSsh.length).toBeGreaterThan(0);
  expect(ofSsh.filter((right) => !asked.some((one) => allows(right, one))).map(inWords)).toEqual([]);
});
