import { expect, test } from 'vitest';
import { parseIpAddresses } from '../../dataplane/parse/ip-addresses.ts';
import type { Objects } from '../../dataplane/recording/read-recording.ts';
import { addressesText } from './own-addresses.ts';

const host = (address: string): string => `           |-- ${address}\n              /32 host LOCAL\n`;
const LOCAL = ['127.0.0.1', '10.0.0.11', '10.244.1.0', '10.96.0.10', '10.96.0.99'].map(host).join('');
/** 10.0.0.0/24 on eth0. */
const ROUTES =
  'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\neth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n';
const INET6 = 'fd000000000000000000000000000001 02 40 00 80     eth0\n';
const DEVICES = 'Inter-|   Receive\n face |bytes\n  eth0: 1 2\nkube-ipvs0: 0 0\n';
/** 10.96.0.99:80 of a Service that is gone; 10.244.1.0:30080 is a node port. */
const IP_VS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A600063:0050 rr
TCP  0AF40100:7580 rr
`;
const OBJECTS: Objects = {
  services: [
    { metadata: { name: 'dns' }, spec: { clusterIPs: ['10.96.0.10'], ports: [{ port: 53, nodePort: 30080 }] } },
  ],
  slices: [],
};
const OUTPUTS = { fib_trie: LOCAL, route: ROUTES, if_inet6: INET6, dev: DEVICES, 'proc-net-ip_vs.txt': IP_VS };

const read = (outputs: object, objects = OBJECTS): unknown => {
  const text = addressesText(new Map(Object.entries(outputs)), objects);
  return text === undefined ? undefined : parseIpAddresses(text);
};

test('what `ip` says counts', () => {
  const ip = JSON.stringify([{ ifname: 'eth0', addr_info: [{ local: '10.0.0.11' }] }]);
  expect(read({ ...OUTPUTS, 'ip-addr.json': ip })).toEqual([{ device: 'eth0', address: '10.0.0.11' }]);
});

test('without it, kube-ipvs0 has what Services have, and what is served on a port that is no node port', () => {
  expect(read(OUTPUTS)).toEqual(
    expect.arrayContaining([
      { device: 'eth0', address: '10.0.0.11' },
      { device: 'eth0', address: 'fd00::1' },
      { device: '', address: '10.244.1.0' },
      { device: 'kube-ipvs0', address: '10.96.0.10' },
      { device: 'kube-ipvs0', address: '10.96.0.99' },
    ]),
  );
});

test('an address of a Service that the node itself has is no remainder of mode ipvs where there is no kube-ipvs0', () => {
  expect(read({ ...OUTPUTS, dev: 'eth0: 1 2\n' })).toContainEqual({ device: '', address: '10.96.0.10' });
});

test('where nothing was read, nothing is said', () => {
  expect(read({})).toBeUndefined();
});
