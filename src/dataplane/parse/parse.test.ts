import { expect, test } from 'vitest';
import type { NftTable } from '../rules/nftables.ts';
import { recorded } from '../testing/recorded.ts';
import { parseIpAddresses } from './ip-addresses.ts';
import { parseIpsetSave } from './ipset-save.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { parseIpvsadmSave } from './ipvsadm-save.ts';
import { parseNftJson } from './nft-json.ts';
import { parseNftText } from './nft-text.ts';
import { parseProcNetIpVs } from './proc-net-ip-vs.ts';

const NOTHING = { count: 0, first: [] };

test('every line of every recording is understood', () => {
  for (const mode of ['iptables', 'ipvs', 'nftables', 'ipvs-with-iptables-leftovers'] as const) {
    expect(parseIptablesSave(recorded(mode, 'iptables-save.txt'), 'IPv4').notUnderstood).toEqual(NOTHING);
    expect(parseIptablesSave(recorded(mode, 'ip6tables-save.txt'), 'IPv6').notUnderstood).toEqual(NOTHING);
    expect(parseIpsetSave(recorded(mode, 'ipset-save.txt')).notUnderstood).toEqual(NOTHING);
    expect(parseProcNetIpVs(recorded(mode, 'proc-net-ip_vs.txt')).notUnderstood).toEqual(NOTHING);
    expect(parseNftText(recorded(mode, 'nft-list-ruleset.txt')).notUnderstood).toEqual(NOTHING);
  }
  expect(parseNftJson(recorded('nftables', 'nft-list-ruleset.json'))?.notUnderstood).toEqual(NOTHING);
});

test("nft's JSON and nft's text give the same tables", () => {
  const json = parseNftJson(recorded('nftables', 'nft-list-ruleset.json'));
  const text = parseNftText(recorded('nftables', 'nft-list-ruleset.txt'));
  expect(json?.kubeProxy.map(({ family }) => family)).toEqual(['IPv4', 'IPv6']);
  expect(text.kubeProxy.map(plain)).toEqual(json?.kubeProxy.map(plain));
  expect(text.others.toSorted()).toEqual(json?.others.toSorted());
});

test('protocols are the same by name and by number: nft has no names where there is no /etc/protocols', () => {
  const named = recorded('nftables', 'nft-list-ruleset.txt');
  const numbered = named
    .replaceAll(/ tcp \./g, ' 6 .')
    .replaceAll(/ udp \./g, ' 17 .')
    .replaceAll('l4proto tcp', 'l4proto 6')
    .replaceAll('l4proto udp', 'l4proto 17');
  expect(numbered).not.toBe(named);
  expect(parseNftText(numbered)).toEqual(parseNftText(named));
  const json = recorded('nftables', 'nft-list-ruleset.json');
  const withNumbers = json.replaceAll('"tcp"', '6').replaceAll('"udp"', '17');
  expect(withNumbers).not.toBe(json);
  expect(parseNftJson(withNumbers)?.kubeProxy).toEqual(parseNftJson(json)?.kubeProxy);
});

/** In JSON the order of chains is their order in the kernel, in text sets come first: only contents count. */
function plain({ family, sets, maps, chains }: NftTable): unknown {
  return { family, sets, maps, chains };
}

test('iptables-save reads the same with and without counters', () => {
  const without = parseIptablesSave(recorded('iptables', 'iptables-save.txt'), 'IPv4');
  const counted = parseIptablesSave(recorded('iptables', 'iptables-save-c.txt'), 'IPv4');
  const chain = (set: typeof counted) => set.tables.get('nat')?.get('KUBE-SVC-67NZLRHBNDSAWJRO')?.rules ?? [];
  expect(chain(counted).map(({ matches, target }) => ({ matches, target }))).toEqual(
    chain(without).map(({ matches, target }) => ({ matches, target })),
  );
  expect(chain(counted)[0]?.counter).toEqual({ packets: 1, bytes: 60 });
  expect(without.backend).toBe('nf_tables');
});

test('a rule of iptables-save becomes matches and a target', () => {
  const set = parseIptablesSave(recorded('iptables', 'iptables-save.txt'), 'IPv4');
  const sticky = set.tables.get('nat')?.get('KUBE-SVC-25FJTMN2OLOPNGWS')?.rules ?? [];
  expect(sticky[0]).toMatchObject({
    matches: [
      { kind: 'source', negated: true, prefix: '10.244.0.0/16' },
      { kind: 'destination', negated: false, prefix: '10.96.1.6/32' },
      { kind: 'protocol', negated: false, protocol: 'tcp' },
      { kind: 'destinationPort', negated: false, port: 80 },
    ],
    comment: 'shop/sticky:http cluster IP',
    target: { kind: 'jump', chain: 'KUBE-MARK-MASQ' },
  });
  expect(sticky[1]?.matches).toEqual([
    { kind: 'recent', does: 'check', list: 'KUBE-SEP-AJOTKOW7NXDUBOTA', seconds: 600 },
  ]);
  expect(sticky[4]?.matches).toEqual([{ kind: 'probability', probability: 0.33333333349 }]);
});

test('/proc/net/ip_vs and ipvsadm -Sn tell of the same virtual servers', () => {
  const proc = parseProcNetIpVs(recorded('ipvs', 'proc-net-ip_vs.txt')).servers;
  const saved = parseIpvsadmSave(recorded('ipvs', 'ipvsadm-Sn.txt')).servers;
  expect([...proc.keys()].toSorted()).toEqual([...saved.keys()].toSorted());
  for (const [key, server] of saved) {
    const other = proc.get(key);
    expect(other?.persistentSeconds).toBe(server.persistentSeconds);
    expect(other?.scheduler).toBe(server.scheduler);
    expect(other?.servers.map(({ address, port, weight }) => `${address} ${port} ${weight}`).toSorted()).toEqual(
      server.servers.map(({ address, port, weight }) => `${address} ${port} ${weight}`).toSorted(),
    );
  }
  expect(saved.get('tcp 10.96.1.6 80')?.persistentSeconds).toBe(600);
});

test('addresses read the same from `ip -j addr` and from `ip addr`', () => {
  const devices = parseIpAddresses(recorded('ipvs-with-iptables-leftovers', 'ip-addr.txt')) ?? [];
  const json = parseIpAddresses(recorded('ipvs', 'ip-addr.json')) ?? [];
  const of = (list: typeof json, device: string) =>
    list.filter((one) => one.device === device).map((one) => one.address);
  expect(of(json, 'kube-ipvs0').toSorted()).toEqual(of(devices, 'kube-ipvs0').toSorted());
  expect(of(json, 'enp0s2')).toEqual(['10.0.2.15', 'fec0::15', 'fe80::5054:ff:fe12:3456']);
});
