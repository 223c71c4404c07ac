// The readers against what a real node printed: kube-proxy 1.36.3 on Debian 12 in each mode.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { known, unseen } from '../known.ts';
import { parseDevices, parseFibTrie, parseInet6, parseIpAddr } from './addresses.ts';
import { counterTotal } from './counter.ts';
import { parseIpVs } from './ip-vs.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { assignments, kernelOptions, sysctls } from './lines.ts';
import { moduleStates } from './modules.ts';
import type { ModuleTexts } from './modules.ts';
import { parseIpsetVersion, parseNftTables, parseNftVersion } from './nft.ts';

function sample(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
}

describe('iptables-save', () => {
  it('counts the chains of Services and lists the others', () => {
    const { chains, rules, serviceChains } = parseIptablesSave(sample('iptables/iptables-save.txt'));
    expect(serviceChains).toBe(58);
    expect(chains).toContainEqual({ table: 'filter', name: 'FORWARD', policy: 'ACCEPT' });
    expect(chains).toContainEqual({ table: 'nat', name: 'KUBE-SERVICES', policy: '-' });
    expect(rules.some(({ table, rule }) => table === 'nat' && rule.startsWith('-A POSTROUTING'))).toBe(true);
    expect(rules.filter(({ rule }) => rule.startsWith('-A KUBE-SEP-'))).toEqual([]);
  });

  it('takes counters, and the count the probe adds', () => {
    const text = '*nat\n:KUBE-SERVICES - [0:0]\n[3:180] -A KUBE-SERVICES -j RETURN\nCOMMIT\nservice-chains 4711\n';
    expect(parseIptablesSave(text)).toEqual({
      chains: [{ table: 'nat', name: 'KUBE-SERVICES', policy: '-' }],
      rules: [{ table: 'nat', rule: '-A KUBE-SERVICES -j RETURN' }],
      serviceChains: 4711,
    });
  });
});

describe('/proc/net/ip_vs', () => {
  it('reads virtual servers of both families', () => {
    const servers = parseIpVs(sample('ipvs/proc-net-ip_vs.txt'));
    expect(servers).toHaveLength(35);
    expect(servers[1]).toEqual({
      protocol: 'TCP',
      address: '10.244.1.1',
      port: 30_083,
      scheduler: 'rr',
      destinations: 3,
    });
    expect(servers.map(({ address }) => address)).toContain('fd00:96::101');
  });

  it('reads firewall marks, and passes over the rest', () => {
    expect(parseIpVs('Prot LocalAddress:Port\nFWM  0000000A wlc\n  -> 0A000001:0050  Masq 1 0 0\nnonsense\n')).toEqual([
      { protocol: 'FWM', address: '0x0000000A', port: 0, scheduler: 'wlc', destinations: 1 },
    ]);
  });
});

describe('nft', () => {
  it('reads tables as text and as JSON', () => {
    const json =
      '{"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "ip", "name": "kube-proxy", "handle": 3}}]}';
    const wanted = { family: 'ip', name: 'kube-proxy' };
    expect(parseNftTables(sample('nftables/nft-list-tables.txt'))).toContainEqual(wanted);
    expect(parseNftTables(json)).toEqual([wanted]);
    expect(parseNftTables('')).toEqual([]);
    expect(parseNftTables('Segmentation fault')).toBeUndefined();
  });

  it('reads versions', () => {
    expect(parseNftVersion('nftables v1.0.6 (Lester Gooch #5)\n')).toBe('1.0.6');
    expect(parseNftVersion('sh: nft: not found')).toBeUndefined();
    expect(parseIpsetVersion('ipset v7.17, protocol version: 7\n')).toBe('7.17');
  });
});

describe('kernel modules', () => {
  const nothing: ModuleTexts = {
    procModules: unseen('not read'),
    builtin: unseen('not read'),
    modprobe: unseen('not asked'),
    existing: unseen('not looked for'),
    commandLine: unseen('not read'),
    blacklist: unseen('not read'),
    modulesDisabled: unseen('not read'),
  };
  const trial = (lines: string, code = 0): ModuleTexts['modprobe'] => known(`== ip_vs\n${lines}rc ${code}\n`);
  const insmod = trial('insmod /lib/modules/k/kernel/net/netfilter/ipvs/ip_vs.ko.zst \n');
  const notFound = 'modprobe: FATAL: Module ip_vs not found in directory /lib/modules/k';
  const some = (...paths: readonly string[]): ModuleTexts['existing'] => known(new Set(['/proc/modules', ...paths]));

  it('finds what is loaded', () => {
    const procModules = known(sample('ipvs/proc-modules.txt'));
    expect(moduleStates(['ip_vs', 'ip_vs_rr'], { ...nothing, procModules })).toEqual({
      ip_vs: { kind: 'loaded' },
      ip_vs_rr: { kind: 'loaded' },
    });
  });

  // What each piece of evidence amounts to is a table in kubeproxy/module-evidence.test.ts; here, that it is found in the texts.
  it.each<[string, Partial<ModuleTexts>, object]>([
    ['built in by modules.builtin', { builtin: known('kernel/net/netfilter/ipvs/ip_vs.ko\n') }, { kind: 'builtIn' }],
    ['there by its file in /proc', { existing: some('/proc/sys/net/ipv4/vs/expire_nodest_conn') }, { kind: 'builtIn' }],
    ['loadable', { modprobe: insmod, existing: some() }, { kind: 'loadable' }],
    [
      'loadable by its name only',
      { modprobe: insmod, blacklist: known('blacklist ip_vs\n') },
      { kind: 'loadable', byNameOnly: 'modprobe’s configuration has: blacklist ip_vs' },
    ],
    ['built in, as modprobe has nothing to do', { modprobe: trial(''), builtin: known('') }, { kind: 'builtIn' }],
    [
      'missing',
      { modprobe: trial(`${notFound}\n`, 1), builtin: known('') },
      { kind: 'missing', because: 'absent', reason: notFound },
    ],
    [
      'unknown where there is no directory of modules',
      { modprobe: trial(`${notFound}\n`, 1) },
      { kind: 'unknown', reason: `the node has no list of its kernel’s modules (${notFound})` },
    ],
    [
      'blocked in modprobe.d',
      { modprobe: trial('install /bin/false \n') },
      { kind: 'missing', because: 'blocked', reason: 'blocked in modprobe.d: install /bin/false' },
    ],
    [
      'refused by the command line',
      { modprobe: insmod, commandLine: known('quiet module_blacklist=ip_vs\n') },
      { kind: 'missing', because: 'refused', reason: 'the kernel’s command line has module_blacklist=ip_vs' },
    ],
    [
      'not to be loaded before the next boot',
      { modprobe: insmod, modulesDisabled: known('1') },
      {
        kind: 'missing',
        because: 'disabled',
        reason: 'kernel.modules_disabled is 1: no module can be loaded before the next boot',
      },
    ],
    [
      'unknown without modprobe',
      { modprobe: trial('sh: modprobe: not found\n', 127) },
      { kind: 'unknown', reason: 'there is no modprobe to ask' },
    ],
    ['unknown when nobody asked', {}, { kind: 'unknown', reason: 'not asked' }],
    [
      'missing where nothing can be loaded',
      { existing: known(new Set<string>()) },
      { kind: 'missing', because: 'absent', reason: 'not built in, and the kernel has no loadable modules' },
    ],
  ])('tells that one is %s', (_, texts, state) => {
    expect(moduleStates(['ip_vs'], { ...nothing, ...texts })['ip_vs']).toEqual(state);
  });
});

describe('addresses', () => {
  it('reads ip -j addr', () => {
    const addresses = parseIpAddr(sample('ipvs/ip-addr.json'));
    expect(addresses).toContainEqual({ address: '10.0.2.15', device: 'enp0s2' });
    expect(addresses).toContainEqual({ address: '10.96.0.1', device: 'kube-ipvs0' });
    expect(parseIpAddr('not JSON')).toBeUndefined();
  });

  it('reads /proc where there is no ip', () => {
    const trie =
      'Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.2.0\n        /24 link UNICAST\n     |-- 10.0.2.15\n        /32 host LOCAL\n     |-- 172.17.0.1\n        /32 host LOCAL\n';
    const routes = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    ].join('\n');
    expect(parseFibTrie(trie, routes)).toEqual([
      { address: '10.0.2.15', device: 'eth0' },
      { address: '172.17.0.1', device: 'docker0' },
    ]);
    expect(parseInet6('fd000096000000000000000000000101 05 40 20 80     eth0\n')).toEqual([
      { address: 'fd00:96::101', device: 'eth0' },
    ]);
    expect(parseDevices('Inter-|   Receive\n face |bytes\n    lo: 1 2\nkube-ipvs0:0 0\n')).toEqual([
      'lo',
      'kube-ipvs0',
    ]);
  });
});

describe('lines', () => {
  it('reads os-release, sysctls and kernel options', () => {
    expect(assignments('NAME="Debian GNU/Linux"\nID=debian\n# no\n')).toEqual({
      NAME: 'Debian GNU/Linux',
      ID: 'debian',
    });
    expect(sysctls('/proc/sys/net/ipv4/conf/all/arp_ignore:1\n')).toEqual({ 'net.ipv4.conf.all.arp_ignore': '1' });
    expect(kernelOptions('CONFIG_IP_VS=m\n# CONFIG_NFT_FIB_IPV4 is not set\nCONFIG_IP_VS=y\n')).toEqual({
      IP_VS: 'm',
      NFT_FIB_IPV4: 'n',
    });
  });

  it('adds a counter up over its labels', () => {
    const metrics = sample('iptables/metrics-counters.txt');
    expect(counterTotal(metrics, 'kubeproxy_iptables_localhost_nodeports_accepted_packets_total')).toBe(1);
    expect(counterTotal('a{x="1"} 2\na{x="2"} 3\nab 7\n', 'a')).toBe(5);
    expect(counterTotal(metrics, 'kubeproxy_iptables')).toBeUndefined();
  });
});
