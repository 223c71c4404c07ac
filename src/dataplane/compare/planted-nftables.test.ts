// Faults planted in the recorded rules of a healthy node in mode nftables: each must be found, and nothing else be said.
import { expect, test } from 'vitest';
import { auditPlanted, before, file, NFT, replace, without, type Edit } from '../testing/plant.ts';
import { recorded } from '../testing/recorded.ts';

type Planted = readonly [sentence: string, edit: Edit, expected: readonly string[]];

const FAULTS: readonly Planted[] = [
  [
    'the address of a Service is not in service-ips',
    without(NFT, /10.96.1.1 . tcp . 80 : goto service/),
    ['rejected-though-served shop/web:http'],
  ],
  [
    'the address of a Service that is gone is still in service-ips',
    before(
      NFT,
      /10.96.1.1 . tcp . 80 : goto service/,
      '10.96.7.7 . tcp . 80 : goto service-KHN6ECMT-shop/web/tcp/http,',
    ),
    ['entry-surplus -'],
  ],
  ['a node port is not in service-nodeports', without(NFT, /^\s*tcp . 30081 : goto/), ['not-served shop/web-lb:http']],
  [
    'one lot in four falls on no endpoint',
    replace(NFT, /(?<=chain service-KHN6ECMT-shop\/web\/tcp\/http \{\n.*numgen random mod )3/, '4'),
    ['rejected-though-served shop/web:http'],
  ],
  [
    'an endpoint is drawn twice, another never',
    replace(
      NFT,
      /(?<=chain service-KHN6ECMT-shop\/web\/tcp\/http \{\n.*0 : 10.244.1.10 . 8080, 1 : )10.244.1.11/,
      '10.244.1.10',
    ),
    ['endpoint-missing shop/web:http'],
  ],
  [
    'an endpoint is still there under its old address',
    replace(NFT, /(?<=chain service-KHN6ECMT-shop\/web\/tcp\/http \{\n.*0 : )10.244.1.10/, '10.244.1.99'),
    ['endpoint-missing shop/web:http', 'endpoint-stale shop/web:http'],
  ],
  [
    'the chain of a Service is empty',
    replace(NFT, /(?<=chain service-KHN6ECMT-shop\/web\/tcp\/http \{\n).*\n/, ''),
    ['rejected-though-served shop/web:http'],
  ],
  [
    'a ClusterIP is not in cluster-ips',
    replace(NFT, '10.96.1.1, 10.96.1.2,', '10.96.1.2,'),
    ['cluster-ip-missing -', 'masquerade-missing shop/web:http', 'masquerade-missing shop/web:https'],
  ],
  [
    'a ClusterIP that is gone is in cluster-ips',
    replace(NFT, '10.96.1.1, 10.96.1.2,', '10.96.1.1, 10.96.1.2, 10.96.7.7,'),
    ['cluster-ip-surplus -'],
  ],
  [
    'node ports answer at another address than configured',
    replace(NFT, 'elements = { 10.0.2.15 }', 'elements = { 10.244.1.1 }'),
    [
      'nodeport-ips-wrong -',
      'not-refused shop/empty-nodeport:http',
      ...['web-lb', 'web-lb-local', 'web-lb-ranges', 'web-nodeport'].map((name) => `not-served shop/${name}:http`),
    ],
  ],
  [
    'marked packets are no longer masqueraded',
    without(NFT, /meta mark & 0x00004000 != 0x00000000/),
    ['postrouting-wrong -', 'postrouting-wrong -'],
  ],
  [
    'an endpoint is not in hairpin-connections',
    without(NFT, /10.244.1.10 . 10.244.1.10 . tcp . 7000,/),
    ['hairpin-missing shop/echo:echo'],
  ],
  [
    'a Service without endpoints is not refused',
    // What no rule takes goes on to cluster-ips-check, which rejects it, too: only its node port shows.
    without(NFT, /tcp . 30084 comment/),
    ['not-refused shop/empty-nodeport:http'],
  ],
  [
    'a Service that has endpoints again is still refused',
    replace(
      NFT,
      '10.96.1.7 . tcp . 80 comment',
      '10.96.1.14 . tcp . 7000 : goto reject-chain,\n10.96.1.7 . tcp . 80 comment',
    ),
    ['refusal-stale shop/echo:echo'],
  ],
  [
    'a load balancer with source ranges lets everybody in',
    replace(NFT, /elements = \{ 192.0.2.12 .*\}/, ''),
    ['let-through shop/web-lb-ranges:http'],
  ],
  [
    'a load balancer guards itself against the clients it is for',
    replace(NFT, 'ip saddr != 203.0.113.0/24 drop', 'ip saddr 203.0.113.0/24 drop'),
    ['dropped-though-served shop/web-lb-ranges:http', 'let-through shop/web-lb-ranges:http'],
  ],
  [
    'nothing at the hook prerouting leads to the Services',
    replace(NFT, /(?<=hook prerouting priority dstnat; policy accept;\n)\t\tjump services\n/, ''),
    // Once for service-ips, once for service-nodeports.
    ['jump-missing -', 'jump-missing -'],
  ],
  [
    'clients are kept for another time than the Service says',
    replace(NFT, /timeout 10m$/gm, 'timeout 1m'),
    ['affinity-wrong shop/sticky:http'],
  ],
  [
    'a node port no longer masquerades',
    replace(NFT, /(?<=chain external-KWRUM5OO-shop\/web-nodeport\/tcp\/http \{\n).*\n/, ''),
    ['masquerade-missing shop/web-nodeport:http'],
  ],
  [
    'outside traffic that must stay local is sent to other nodes',
    replace(
      NFT,
      'goto local-GJJ2SHQ6-shop/web-lb-local/tcp/http\n',
      'goto service-GJJ2SHQ6-shop/web-lb-local/tcp/http\n',
    ),
    ['endpoint-stale shop/web-lb-local:http'],
  ],
  ['the table of IPv6 is gone', replace(NFT, 'table ip6 kube-proxy {', 'table ip6 other {'), ['nothing-there -']],
  [
    'the rules of mode iptables were left, and packets still meet them',
    file('iptables-save-c.txt', recorded('iptables', 'iptables-save-c.txt')),
    ['iptables-chains -', 'iptables-chains -', 'iptables-chains -'],
  ],
  ['a map is gone', replace(NFT, 'map no-endpoint-nodeports {', 'map other {'), ['map-missing -']],
];

test.each(FAULTS)('%s', (_sentence, edit, expected) => {
  const findings = auditPlanted('nftables', edit);
  expect(findings.map(({ id, service }) => `${id} ${service ?? '-'}`).toSorted()).toEqual(expected.toSorted());
});
