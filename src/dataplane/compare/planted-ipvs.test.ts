// Faults planted in the recorded rules of a healthy node in mode ipvs: each must be found, and nothing else be said.
import { expect, test } from 'vitest';
import {
  auditPlanted,
  before,
  both,
  DEVICES,
  file,
  IPTABLES,
  replace,
  SERVERS,
  SETS,
  without,
  type Edit,
} from '../testing/plant.ts';
import { recorded } from '../testing/recorded.ts';

type Planted = readonly [sentence: string, edit: Edit, expected: readonly string[]];

const FAULTS: readonly Planted[] = [
  [
    'the virtual server of a Service is gone',
    replace(SERVERS, /TCP {2}0A600101:0050 rr {2}\n(?: {2}->.*\n)+/, ''),
    ['server-missing shop/web:http'],
  ],
  [
    'somebody else has a virtual server, too',
    before(
      SERVERS,
      /^TCP {2}0A600101:0050/,
      'TCP  C0A80001:1F90 wlc  \n  -> C0A80002:1F90      Masq    1      0          0         ',
    ),
    ['server-foreign -'],
  ],
  [
    'a port of a Service that is gone still has its virtual server',
    before(SERVERS, /^TCP {2}0A600101:0050/, 'TCP  0A600101:1F90 rr  '),
    ['server-surplus -'],
  ],
  [
    'a virtual server still has the old address of an endpoint',
    replace(SERVERS, /(?<=TCP {2}0A60010E:1B58 rr {2}\n {2}-> )0AF4010A/, '0AF40163'),
    ['endpoint-missing shop/echo:echo', 'endpoint-stale shop/echo:echo'],
  ],
  [
    'an endpoint that is ready has weight 0',
    replace(SERVERS, /(?<=TCP {2}0A60010E:1B58 rr {2}\n {2}-> 0AF4010A:1B58 {6}Masq {4})1/, '0'),
    ['endpoint-drained shop/echo:echo'],
  ],
  [
    'an endpoint weighs more than the others',
    replace(SERVERS, /(?<=TCP {2}0A60010E:1B58 rr {2}\n {2}-> 0AF4010A:1B58 {6}Masq {4})1/, '5'),
    ['share-wrong shop/echo:echo'],
  ],
  [
    'a virtual server has another scheduler than configured',
    replace(SERVERS, '0A60010E:1B58 rr', '0A60010E:1B58 sh'),
    ['scheduler-wrong shop/echo:echo'],
  ],
  [
    'clients are not kept with their endpoint',
    replace(SERVERS, ' persistent 150000 FFFFFFFF', ''),
    ['affinity-wrong shop/sticky:http'],
  ],
  [
    'outside traffic that must stay local is sent to other nodes',
    replace(
      SERVERS,
      /(?<=TCP {2}C000020B:0050 rr {2}\n)/,
      '  -> 0AF4020A:1F90      Masq    1      0          0         \n',
    ),
    ['endpoint-stale shop/web-lb-local:http'],
  ],
  [
    'the address of a Service is not on kube-ipvs0',
    replace(DEVICES, '"local":"10.96.1.14"', '"local":"10.96.99.14"'),
    ['device-address-missing -', 'device-address-surplus -'],
  ],
  ['an ipset lacks the address of a Service', without(SETS, /add KUBE-CLUSTER-IP 10.96.1.14,/), ['element-missing -']],
  [
    'an ipset still has the address of a Service that is gone',
    before(SETS, /add KUBE-CLUSTER-IP 10.96.1.14,/, 'add KUBE-CLUSTER-IP 10.96.7.7,tcp:80'),
    ['element-surplus -'],
  ],
  [
    'an endpoint is not in KUBE-LOOP-BACK',
    without(SETS, /add KUBE-LOOP-BACK 10.244.1.10,tcp:7000/),
    ['element-missing -', 'hairpin-missing shop/echo:echo'],
  ],
  ['a node port is not in its ipset', without(SETS, /add KUBE-NODE-PORT-TCP 30080/), ['element-missing -']],
  [
    'the source ranges of a load balancer are not in their ipset',
    without(SETS, /add KUBE-LOAD-BALANCER-SOURCE-CIDR/),
    ['element-missing -'],
  ],
  [
    'an ipset is gone',
    without(SETS, / KUBE-LOAD-BALANCER-FW /),
    ['let-through shop/web-lb-ranges:http', 'set-missing -'],
  ],
  [
    'a rule of mode iptables still catches a Service before its virtual server does',
    both(
      before(IPTABLES, /:KUBE-SERVICES/, ':KUBE-SVC-67NZLRHBNDSAWJRO - [0:0]\n:KUBE-SEP-FZQ6KZLGXRSKN2AD - [0:0]'),
      before(
        IPTABLES,
        /-A KUBE-SERVICES /,
        [
          '-A KUBE-SERVICES -d 10.96.1.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-67NZLRHBNDSAWJRO',
          '-A KUBE-SVC-67NZLRHBNDSAWJRO -j KUBE-SEP-FZQ6KZLGXRSKN2AD',
          '-A KUBE-SEP-FZQ6KZLGXRSKN2AD -p tcp -m tcp -j DNAT --to-destination 10.244.1.99:8080',
        ].join('\n'),
      ),
    ),
    [
      'endpoint-missing shop/web:http',
      'endpoint-stale shop/web:http',
      'iptables-chains -',
      'masquerade-missing shop/web:http',
    ],
  ],
  [
    'a refusal of mode iptables outlived its reason',
    both(
      before(IPTABLES, /:KUBE-IPVS-FILTER/, ':KUBE-SERVICES - [0:0]'),
      before(IPTABLES, /-A OUTPUT /, '-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES'),
      before(
        IPTABLES,
        /-A KUBE-IPVS-FILTER /,
        '-A KUBE-SERVICES -d 10.96.1.1/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
      ),
    ),
    ['iptables-chains -', 'rejected-though-served shop/web:http'],
  ],
  [
    'the access filter does not know the ClusterIPs',
    without(IPTABLES, /-A KUBE-IPVS-FILTER .*KUBE-CLUSTER-IP/),
    ['rejected-though-served -'],
  ],
  [
    'what comes from outside to a ClusterIP is not masqueraded',
    without(IPTABLES, /-A KUBE-SERVICES ! -s/),
    ['masquerade-missing -'],
  ],
  ['POSTROUTING no longer jumps to KUBE-POSTROUTING', without(IPTABLES, /-A POSTROUTING /), ['jump-missing -']],
  [
    'the table of mode nftables was left',
    file('nft-list-ruleset.txt', recorded('nftables', 'nft-list-ruleset.txt')),
    ['nft-table -', 'nft-table -'],
  ],
  ['virtual servers were not recorded', (texts) => void texts.delete(SERVERS), ['not-recorded -']],
];

test.each(FAULTS)('%s', (_sentence, edit, expected) => {
  const findings = auditPlanted('ipvs', edit);
  expect(findings.map(({ id, service }) => `${id} ${service ?? '-'}`).toSorted()).toEqual(expected.toSorted());
});
