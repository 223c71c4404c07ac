import { expect, test } from 'vitest';
import { addressAt, parsePrefix } from '../addresses.ts';
import { somePod, stranger, viewNode, type NodeInput } from './node.ts';
import { readSettings } from './proxy-settings.ts';

const NODE: NodeInput['node'] = {
  metadata: { name: 'here' },
  spec: { podCIDRs: ['10.244.1.0/24', 'fd00:244:0:1::/64'] },
  status: {
    addresses: [
      { type: 'InternalIP', address: '10.0.2.15' },
      { type: 'InternalIP', address: 'fec0::15' },
    ],
  },
};
const ADDRESSES = [
  ['lo', '127.0.0.1'],
  ['eth0', '10.0.2.15'],
  ['eth0', 'fec0::15'],
  ['eth0', 'fe80::1'],
  ['cni0', '10.244.1.1'],
  ['kube-ipvs0', '10.96.0.1'],
].map(([device = '', address = '']) => ({ device, address }));

function view(config: object, mode: NodeInput['mode'] = 'iptables') {
  return viewNode({ node: NODE, addresses: ADDRESSES, settings: readSettings(config, mode), mode });
}

test.each([
  [[], 'iptables', ['10.0.2.15', '10.244.1.1'], ['fec0::15']],
  [[], 'ipvs', ['10.0.2.15', '10.244.1.1'], ['fec0::15']],
  [[], 'nftables', ['10.0.2.15'], ['fec0::15']],
  [['primary'], 'iptables', ['10.0.2.15'], ['fec0::15']],
  [['10.244.0.0/16'], 'iptables', ['10.244.1.1'], ['fec0::15']],
  [['0.0.0.0/0', '::/0'], 'nftables', ['10.0.2.15', '10.244.1.1'], ['fec0::15']],
] as const)('nodePortAddresses %s in mode %s are %s and %s', (nodePortAddresses, mode, IPv4, IPv6) => {
  expect(view({ nodePortAddresses }, mode).nodePortAddresses).toEqual({ IPv4, IPv6 });
});

test('pods are told by the range of the cluster, of the node, by their interface, or not at all', () => {
  expect(view({ clusterCIDR: '10.244.0.0/16' })).toMatchObject({ detects: { IPv4: true, IPv6: false } });
  expect(view({ detectLocalMode: 'NodeCIDR' }).podRanges).toEqual(
    ['10.244.1.0/24', 'fd00:244:0:1::/64'].map(parsePrefix),
  );
  expect(view({ detectLocalMode: 'BridgeInterface' })).toMatchObject({
    podRanges: [],
    detects: { IPv4: true, IPv6: true },
  });
  expect(view({})).toMatchObject({ podRanges: [], detects: { IPv4: false, IPv6: false } });
});

test('an address of a pod is one that no endpoint and no device has', () => {
  expect(somePod(view({}), 'IPv4', new Set(['10.244.1.250']))).toBe('10.244.1.249');
  expect(somePod(view({}), 'IPv6', new Set())).toBe('fd00:244:0:1::fa');
});

test('an address from outside lies in no range that is named', () => {
  expect(
    stranger(
      'IPv4',
      [parsePrefix('198.18.0.0/15')].flatMap((one) => one ?? []),
    ),
  ).toBe('192.0.2.77');
  expect(
    stranger(
      'IPv4',
      [parsePrefix('0.0.0.0/0')].flatMap((one) => one ?? []),
    ),
  ).toBeUndefined();
});

test('a bit of the mark other than 14 is taken from the section of the mode', () => {
  const config = { iptables: { masqueradeBit: 3 }, nftables: { masqueradeBit: 31, masqueradeAll: true } };
  expect(readSettings(config, 'ipvs')).toMatchObject({ masqueradeMark: 8, masqueradeAll: false });
  expect(readSettings(config, 'nftables')).toMatchObject({ masqueradeMark: 0x80000000, masqueradeAll: true });
});

test('addresses are counted within their prefix only', () => {
  const prefix = parsePrefix('10.0.0.4/30');
  expect(prefix && [0n, 3n, 4n].map((offset) => addressAt(prefix, offset))).toEqual([
    '10.0.0.4',
    '10.0.0.7',
    undefined,
  ]);
});
