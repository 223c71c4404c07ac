// The VM itself: that it is the node the other tests take it for. In order, because booting and switching take their time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { labtool } from '../binaries.ts';
import { run } from '../run.ts';
import { until } from '../until.ts';
import { vmUp, type Vm } from './vm.ts';

const config = '/etc/kubernetes/kube-proxy-config.yml';
const patience = { within: 240_000, every: 500 };

let vm: Vm;

beforeAll(async () => {
  vm = await vmUp({ pristine: true, log: (line) => console.log(line) });
});

async function stdout(...argv: readonly string[]): Promise<string> {
  return (await vm.stdout(argv)).trim();
}

async function modules(): Promise<string[]> {
  const loaded = await stdout('cat', '/proc/modules');
  return loaded.split('\n').map((line) => line.split(' ')[0] ?? '');
}

/** As a person would do it, with an editor and systemctl. */
async function switchTo(mode: string): Promise<void> {
  await stdout('sed', '-i', `s/^mode: .*/mode: ${mode}/`, config);
  await stdout('systemctl', 'restart', 'kube-proxy');
  await settled(mode);
}

function settled(mode: string): Promise<boolean> {
  const hasSettled = async (): Promise<boolean> => (await vm.proxyMode()) === mode && (await vm.hasSynced());
  return until(`rules in ${mode} mode`, hasSettled, patience);
}

/** From the node to the Service's address, and from another machine to its port on the node. */
async function expectServiceAnswers(): Promise<void> {
  expect(await stdout('curl', '-sS', '-m', '10', 'http://10.96.100.100/')).toMatch(/^vm1 /);
  const outside = await run(vm.inside([labtool, 'get', `http://${vm.address}:30080/`]));
  expect(outside).toMatchObject({ code: 0, stdout: expect.stringMatching(/^vm1 /) as string });
}

describe('a VM that is up', () => {
  test('has kube-proxy as a unit of systemd, in iptables mode, and its Service answers', async () => {
    expect(await stdout('systemctl', 'is-active', 'kube-proxy')).toBe('active');
    expect(await stdout('systemctl', 'show', '--property=MainPID', '--value', 'kube-proxy')).not.toBe('0');
    expect(await stdout('curl', '-sS', 'http://127.0.0.1:10249/proxyMode')).toBe('iptables');
    expect(await stdout('iptables-save', '-t', 'nat')).toContain('-A KUBE-SERVICES -d 10.96.100.100/32');
    await expectServiceAnswers();
  });

  test('is a Ready node of its cluster', async () => {
    const node = JSON.parse(await vm.lab.kubectl('get', 'node', vm.node, '--output=json')) as {
      spec: object;
      status: { addresses: object[]; nodeInfo: object };
    };
    expect(node.spec).not.toHaveProperty('taints');
    expect(node.status.addresses).toContainEqual({ type: 'InternalIP', address: vm.address });
    expect(node.status.nodeInfo).toMatchObject({ kernelVersion: await stdout('uname', '-r') });
    expect(await vm.lab.kubectl('wait', '--for=condition=Ready', '--timeout=1s', `node/${vm.node}`)).toContain('met');
  });

  test('has not loaded what only other modes need, and can', async () => {
    expect(await modules()).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(ip_vs|nft_fib)/)]));
    for (const module of [
      'ip_vs',
      'ip_vs_rr',
      'ip_vs_wrr',
      'ip_vs_sh',
      'ip_vs_wlc',
      'nft_fib_inet',
      'ip_set_hash_ip',
    ]) {
      expect(await stdout('modprobe', '--dry-run', '--verbose', module)).toContain(`/${module}.ko`);
    }
  });

  test('has the tools of a node', async () => {
    const tools = ['conntrack', 'ipset', 'iptables', 'iptables-legacy', 'iptables-nft', 'nft'];
    for (const tool of tools) expect((await vm.ssh([tool, '--version'])).code, tool).toBe(0);
    // asking ipvsadm anything would load ip_vs
    expect(await stdout('which', 'ipvsadm')).toBe('/usr/sbin/ipvsadm');
  });

  test('gets arguments as they are, and knows a user who is root only with sudo', async () => {
    const hostile = ['$(id)', '`id`', "it's", '"', '\\', '*', '; id', '', 'two\nlines'];
    expect(await stdout('printf', '<%s>', ...hostile)).toBe(hostile.map((word) => `<${word}>`).join(''));
    expect((await vm.ssh(['modprobe', 'dummy'], { user: 'ops' })).code).not.toBe(0);
    expect(await vm.ssh(['sudo', '-n', 'id', '-un'], { user: 'ops' })).toMatchObject({ code: 0, stdout: 'root\n' });
  });
});

describe('switched by hand', () => {
  test('to ipvs, it has virtual servers', async () => {
    await switchTo('ipvs');
    expect(await modules()).toEqual(expect.arrayContaining(['ip_vs', 'ip_vs_rr']));
    // 10.96.100.100:80, and its endpoint
    expect(await stdout('cat', '/proc/net/ip_vs')).toMatch(/^TCP {2}0A606464:0050 rr\s+-> 0AF4320A:1F90/m);
    await expectServiceAnswers();
  });

  test('to nftables, it has tables of kube-proxy', async () => {
    await switchTo('nftables');
    expect(await stdout('nft', 'list', 'tables')).toContain('table ip kube-proxy');
    expect(await stdout('cat', '/proc/net/ip_vs')).not.toContain('0A606464:0050');
    await expectServiceAnswers();
  });

  test('it comes back so after a reboot, with the modules and sysctls that were to persist', async () => {
    await stdout('sh', '-c', 'echo ip_vs_wlc >/etc/modules-load.d/test.conf');
    await stdout('sh', '-c', 'echo net.ipv4.tcp_keepalive_time = 1234 >/etc/sysctl.d/99-test.conf');
    const before = await stdout('cat', '/proc/sys/kernel/random/boot_id');
    await vm.reboot();
    expect(await stdout('cat', '/proc/sys/kernel/random/boot_id')).not.toBe(before);
    expect(await modules()).toEqual(expect.arrayContaining(['ip_vs', 'ip_vs_wlc']));
    expect(await stdout('sysctl', '-n', 'net.ipv4.tcp_keepalive_time')).toBe('1234');
    await settled('nftables');
    await expectServiceAnswers();
  });

  test('to ipvs without the module, it has no kube-proxy, and no rules since it came from nftables', async () => {
    await stdout('rm', '/etc/modules-load.d/test.conf');
    await stdout('modprobe', '--remove', 'ip_vs_wlc', 'ip_vs');
    await stdout('sh', '-c', 'echo install ip_vs /bin/false >/etc/modprobe.d/test.conf');
    expect((await vm.ssh(['modprobe', 'ip_vs'])).code).not.toBe(0);
    await stdout('sed', '-i', 's/^mode: .*/mode: ipvs/', config);
    await stdout('systemctl', 'restart', 'kube-proxy');
    const journal = ['journalctl', '--unit=kube-proxy', '--boot', '--output=cat', '--no-pager'];
    await until(
      'kube-proxy gives up',
      async () => (await stdout(...journal)).includes("can't use the IPVS proxier"),
      patience,
    );
    expect(await stdout('nft', 'list', 'tables')).not.toContain('kube-proxy');
  });
});

test('reset, it is as installed', async () => {
  await vm.reset();
  expect(await stdout('cat', config)).toMatch(/^mode: iptables$/m);
  expect((await vm.ssh(['ls', '/etc/modprobe.d/test.conf'])).code).toBe(2);
  expect(await modules()).not.toContain('ip_vs');
  await expectServiceAnswers();
});

test('when the power is cut, it keeps what has reached its disk', async () => {
  await stdout('sh', '-c', 'echo kept >/root/kept && sync');
  await vm.powerOff();
  expect((await vm.ssh(['true'])).code).toBe(255);
  await vm.powerOn();
  expect(await stdout('cat', '/root/kept')).toBe('kept');
});

test('after its end, and a bringing-up killed half-way, it is brought up again, with other keys', async () => {
  await vm.powerOff();
  const up = spawn(process.execPath, [join(import.meta.dirname, 'up.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  // at its first line the VM has booted
  await once(createInterface(up.stdout), 'line');
  up.kill('SIGKILL');
  await once(up, 'close');
  const last = vm;
  vm = await vmUp();
  expect(vm.hostKey).not.toBe(last.hostKey);
  expect(await vm.proxyMode()).toBe('iptables');
  expect(await vmUp()).toMatchObject({ hostKey: vm.hostKey, endpoint: vm.endpoint });
});
