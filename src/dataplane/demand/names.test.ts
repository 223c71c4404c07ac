import { expect, test } from 'vitest';
import { iptablesEndpointHash, iptablesHash, nftName, type PortName } from './names.ts';

function port(text: string, protocol = 'tcp'): PortName {
  const [, namespace = '', name = '', portName = ''] = /^([^/]+)\/([^:]+):?(.*)$/.exec(text) ?? [];
  return { namespace, name, portName, protocol };
}

// From real clusters' rules and from kube-proxy's own tests.
test.each([
  ['default/kubernetes:https', 'tcp', 'NPX46M4PTMTKRN6Y', '2QRHZV4L-default/kubernetes/tcp/https'],
  ['kube-system/kube-dns:dns', 'udp', 'TCOU7JCQXEZGVUNU', 'FY5PMXPG-kube-system/kube-dns/udp/dns'],
  ['kube-system/kube-dns:dns-tcp', 'tcp', 'ERIFXISQEP7F7OF4', 'NWBZK7IH-kube-system/kube-dns/tcp/dns-tcp'],
  ['default/nginx', 'tcp', '2CMXP7HKUVJN7L6M', 'ECO34HEO-default/nginx/tcp/'],
  ['default/nginx-svc', 'tcp', 'HL5LMXD5JFHQZ6LN', 'O4TPQO6D-default/nginx-svc/tcp/'],
  ['default/nginx-svc-nodeport', 'tcp', 'XKWTKZBTDCMU3FHC', 'PWHLL22A-default/nginx-svc-nodeport/tcp/'],
  ['ns1/svc1:p80', 'tcp', 'XPGD46QRK7WJZT7O', 'ULMVA6XW-ns1/svc1/tcp/p80'],
  ['ns2/svc2:p80', 'tcp', 'GNZBNJ2PO5MGZ6GT', '42NFTM6N-ns2/svc2/tcp/p80'],
])('%s %s hashes as kube-proxy hashes it', (text, protocol, iptables, nft) => {
  expect(iptablesHash(port(text, protocol))).toBe(iptables);
  expect(nftName(port(text, protocol))).toBe(nft);
});

test.each([
  ['default/nginx-svc', '10.244.1.14:80', 'U46YXJIMXXUGWXXH'],
  ['default/nginx-svc-nodeport', '10.244.1.16:80', 'L66MBC5WQIY6TV6O'],
  ['default/nginx', '10.244.107.252:80', 'ONLOYCYPTBL5FQH5'],
  ['ns1/svc1:p80', '10.180.0.1:80', 'SXIVWICOYRO3J4NJ'],
  ['ns1/svc1:p80', '[fd00::1]:80', 'T5UNFIPVCZXM3U7X'],
])('the endpoint chain of %s at %s is named as kube-proxy names it', (text, endpoint, expected) => {
  expect(iptablesEndpointHash(port(text), endpoint)).toBe(expected);
});

test('a name that is too long is cut off with three dots at 240 characters', () => {
  const name = nftName({ namespace: 'n'.repeat(63), name: 's'.repeat(63), portName: 'p'.repeat(150), protocol: 'tcp' });
  expect(name).toHaveLength(240);
  expect(name.endsWith('p...')).toBe(true);
});
