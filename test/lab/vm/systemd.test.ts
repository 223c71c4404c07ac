// Migrations of a kube-proxy that is a unit of systemd, over SSH, on a node with a kernel of its own. In order, because
// booting and switching take their time; each test leaves the VM as it found it, or says what the next one begins with.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { patience } from './migrations.ts';
import { INSTALLED } from './unit.ts';
import { migrations, original, replaceOperator, unit, unitTests, vm } from './unit-tests.ts';

const BLOCK = '/etc/modprobe.d/test.conf';

unitTests();

async function modules(): Promise<readonly string[]> {
  const loaded = await vm.stdout(['cat', '/proc/modules']);
  return loaded.split('\n').map((line) => line.split(' ')[0] ?? '');
}

async function migrated(mode: string, name = `to-${mode}`): Promise<void> {
  const before = await unit.starts();
  await migrations.apply(name, { mode });
  const status = await migrations.phase(name, 'Succeeded', 'RolledBack', 'Failed');
  expect(status).toMatchObject({ phase: 'Succeeded', progress: '1/1' });
  expect(await vm.proxyMode()).toBe(mode);
  expect(await migrations.record(name)).toMatchObject({
    phase: 'Switched',
    evidence: { mode, podUID: await unit.invocation() },
  });
  expect(await unit.starts()).toBe(before + 1);
  expect(await unit.config()).toBe(original.replace(/^mode: .*$/m, `mode: ${mode}`));
  expect(await unit.files()).toEqual(INSTALLED);
  await unit.serviceAnswers();
  await migrations.remove(name);
}

describe('iptables → ipvs → nftables → iptables, by three migrations over SSH', () => {
  test('to ipvs: its modules are loaded first, and will be at the next boot', async () => {
    expect(await modules()).not.toContain('ip_vs');
    await migrated('ipvs');
    expect(await modules()).toEqual(expect.arrayContaining(['ip_vs', 'ip_vs_rr']));
    const promised = await vm.stdout(['cat', '/etc/modules-load.d/proxymode.conf']);
    expect(promised).toMatch(/^ip_vs$/m);
    expect(promised).toMatch(/^ip_vs_rr$/m);
  });

  test('a reboot changes nothing: the modules are there, and kube-proxy runs ipvs', async () => {
    await vm.reboot();
    expect(await vm.stdout(['systemctl', 'status', 'systemd-modules-load', '--no-pager'])).toContain(
      'status=0/SUCCESS',
    );
    expect(await modules()).toEqual(expect.arrayContaining(['ip_vs', 'ip_vs_rr']));
    await until('kube-proxy to run ipvs', async () => (await vm.proxyMode()) === 'ipvs' && vm.hasSynced(), patience);
    await unit.serviceAnswers();
  });

  test('to nftables', async () => {
    await migrated('nftables');
    expect(await vm.stdout(['nft', 'list', 'tables'])).toContain('kube-proxy');
  });

  test('back to iptables, and every byte of the file is as it was', async () => {
    await migrated('iptables');
    expect(await unit.config()).toBe(original);
  });
});

describe('an operator that is killed in mid-switch', () => {
  test('goes on after its start where it was, and restarts kube-proxy no second time', async () => {
    const before = await unit.starts();
    await migrations.apply('to-nftables', { mode: 'nftables' });
    for (const phases of [['Switching', 'Verifying'], ['Switching', 'Verifying'], ['Verifying']]) {
      const isThere = async (): Promise<boolean> =>
        phases.includes((await migrations.record('to-nftables')).phase ?? '');
      await until(`the node to be ${phases.join(' or ')}`, isThere, { within: 240_000, every: 50 });
      await replaceOperator();
    }
    expect(await migrations.phase('to-nftables', 'Succeeded', 'RolledBack', 'Failed')).toMatchObject({
      phase: 'Succeeded',
    });
    expect(await vm.proxyMode()).toBe('nftables');
    expect(await unit.starts()).toBe(before + 1);
    expect(await unit.files()).toEqual(INSTALLED);
    await migrations.remove('to-nftables');
  });
});

describe('a host whose key is not the known one', () => {
  test('is not talked to, and the message has the fingerprint of the key it showed', async () => {
    await migrations.knowHosts(`${vm.address} ${readFileSync(`${vm.key}.pub`, 'utf8')}`);
    await migrations.apply('elsewhere', { mode: 'iptables' });
    const { message } = await migrations.stalled('elsewhere', 'NodesUnreadable');
    const [, key = ''] = vm.hostKey.split(' ');
    const fingerprint = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
    expect(message).toContain(`SHA256:${fingerprint}`);
    expect(message).toContain(vm.node);
    await migrations.knowHosts();
    await migrated('iptables', 'elsewhere');
  });
});

describe('a module that cannot be loaded', () => {
  beforeAll(async () => {
    await vm.reset();
    await vm.stdout(['sh', '-c', `echo install ip_vs /bin/false >${BLOCK}`]);
  });

  test('stands in the way before anything is touched', async () => {
    const before = await unit.invocation();
    await migrations.apply('blocked', { mode: 'ipvs' });
    const { message, preflight } = await migrations.stalled('blocked', 'PreflightBlocked');
    expect(message).toContain('ipvs-modules on 1 node(s): Module ip_vs is missing (blocked in modprobe.d');
    const fixes = preflight?.rules.map(({ fix = '' }) => fix).join('\n');
    expect(fixes).toMatch(/grep .*ip_vs.* \/etc\/modprobe.d/);
    expect(fixes).toContain('modprobe -a ip_vs');
    expect(await unit.config()).toBe(original);
    expect(await unit.files()).toEqual(INSTALLED);
    expect(await unit.invocation()).toBe(before);
    await migrations.remove('blocked');
  });

  test('if somebody takes the responsibility all the same, the node gets its old mode and its exact bytes back', async () => {
    const accept = ['ipvs-modules', 'ipvs-scheduler'];
    await migrations.apply('daring', { mode: 'ipvs', preflight: { kernelModules: 'Skip', accept } });
    const status = await migrations.phase('daring', 'Succeeded', 'RolledBack', 'Failed');
    expect(status.phase).toBe('RolledBack');
    const { result, reason, message } = await migrations.record('daring');
    expect({ result, reason }).toEqual({ result: 'Failed', reason: 'CrashLooping' });
    expect(message).toContain("can't use the IPVS proxier");
    expect(await vm.proxyMode()).toBe('iptables');
    expect(await unit.config()).toBe(original);
    expect(await unit.files()).toEqual(INSTALLED);
    await unit.serviceAnswers();
    await migrations.remove('daring');
  });
});
