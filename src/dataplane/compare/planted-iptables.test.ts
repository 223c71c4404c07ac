// Faults planted in the recorded rules of a healthy node in mode iptables: each must be found, and nothing else be said.
import { expect, test } from 'vitest';
import {
  auditPlanted,
  before,
  both,
  file,
  IP6TABLES,
  IPTABLES,
  replace,
  without,
  type Edit,
} from '../testing/plant.ts';
import { recorded } from '../testing/recorded.ts';

type Planted = readonly [sentence: string, edit: Edit, expected: readonly string[]];

const web = '67NZLRHBNDSAWJRO';
const webLocal = 'PIZ6ULBCTBVBMBA2';
const ranges = 'L4F62RQOITGPRIVA';

const FAULTS: readonly Planted[] = [
  [
    'the chain of a Service was flushed',
    without(IPTABLES, new RegExp(`-A KUBE-SVC-${web}`)),
    ['not-served shop/web:http'],
  ],
  [
    'the chain of an endpoint was deleted, and the jump to it',
    without(IPTABLES, /KUBE-SEP-FZQ6KZLGXRSKN2AD/),
    ['endpoint-missing shop/web:http'],
  ],
  [
    'the chain of an endpoint lost its translation',
    without(IPTABLES, /-A KUBE-SEP-FZQ6KZLGXRSKN2AD .*DNAT/),
    ['endpoint-missing shop/web:http'],
  ],
  [
    'an endpoint is drawn with a wrong probability',
    replace(
      IPTABLES,
      /(?<=web:http -> 10.244.1.10:8080" -m statistic --mode random --probability )0.33333333349/,
      '0.25000000000',
    ),
    ['share-wrong shop/web:http'],
  ],
  [
    'an endpoint is still there under its old address',
    replace(IPTABLES, /(?<=-A KUBE-SEP-FZQ6KZLGXRSKN2AD .*--to-destination )10.244.1.10:8080/, '10.244.1.99:8080'),
    ['endpoint-missing shop/web:http', 'endpoint-stale shop/web:http'],
  ],
  [
    'the address of a Service is not caught',
    without(IPTABLES, /-A KUBE-SERVICES -d 10.96.1.1\/32 .*--dport 80 /),
    ['not-served shop/web:http'],
  ],
  [
    'the address of a Service that is gone is still caught',
    before(
      IPTABLES,
      /-A KUBE-SERVICES -d 10.96.1.1\/32 /,
      `-A KUBE-SERVICES -d 10.96.7.7/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-${web}`,
    ),
    ['entry-surplus -'],
  ],
  [
    'the jump to KUBE-NODEPORTS is no longer the last rule of KUBE-SERVICES',
    both(
      without(IPTABLES, /-A KUBE-SERVICES .*-j KUBE-NODEPORTS/),
      before(
        IPTABLES,
        /-A KUBE-SERVICES .*cluster IP/,
        '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
      ),
    ),
    ['nodeports-displaced -'],
  ],
  [
    'the jump to KUBE-NODEPORTS is gone',
    without(IPTABLES, /-A KUBE-SERVICES .*-j KUBE-NODEPORTS/),
    ['nodeports-missing -'],
  ],
  [
    'one node port is not caught',
    without(IPTABLES, /-A KUBE-NODEPORTS .*--dport 30080 /),
    ['not-served shop/web-nodeport:http'],
  ],
  [
    'PREROUTING no longer jumps to KUBE-SERVICES',
    without(IPTABLES, /-A PREROUTING .*KUBE-SERVICES/),
    ['jump-missing -'],
  ],
  ['POSTROUTING no longer jumps to KUBE-POSTROUTING', without(IPTABLES, /-A POSTROUTING /), ['jump-missing -']],
  ['FORWARD no longer jumps to KUBE-FORWARD', without(IPTABLES, /-A FORWARD .*KUBE-FORWARD/), ['jump-missing -']],
  ['KUBE-MARK-MASQ was flushed', without(IPTABLES, /-A KUBE-MARK-MASQ /), ['mark-wrong -']],
  [
    'KUBE-MARK-MASQ sets another bit',
    replace(IPTABLES, '--set-xmark 0x4000/0x4000', '--set-xmark 0x8000/0x8000'),
    ['mark-wrong -'],
  ],
  [
    'KUBE-POSTROUTING no longer masquerades',
    without(IPTABLES, /-A KUBE-POSTROUTING .*MASQUERADE/),
    ['postrouting-wrong -'],
  ],
  [
    'KUBE-POSTROUTING masquerades everything',
    without(IPTABLES, /-A KUBE-POSTROUTING .*RETURN/),
    ['postrouting-wrong -'],
  ],
  [
    'a Service no longer masquerades what comes from outside the cluster',
    without(IPTABLES, new RegExp(`-A KUBE-SVC-${web} ! -s`)),
    ['masquerade-missing shop/web:http'],
  ],
  [
    "a Service takes pods for strangers: the cluster's range has changed",
    replace(IPTABLES, `-A KUBE-SVC-${web} ! -s 10.244.0.0/16`, `-A KUBE-SVC-${web} ! -s 10.245.0.0/16`),
    ['masquerade-needless shop/web:http'],
  ],
  [
    'a node port no longer masquerades',
    without(IPTABLES, /-A KUBE-EXT-FFNRHJJFV2V5GBHP .*KUBE-MARK-MASQ/),
    ['masquerade-missing shop/web-nodeport:http'],
  ],
  [
    'an endpoint cannot reach itself through its Service',
    without(IPTABLES, /-A KUBE-SEP-FZQ6KZLGXRSKN2AD -s/),
    ['hairpin-missing shop/web:http'],
  ],
  [
    'clients are not kept with their endpoint',
    without(IPTABLES, /-A KUBE-SVC-25FJTMN2OLOPNGWS .*--rcheck/),
    ['affinity-wrong shop/sticky:http'],
  ],
  [
    'clients are kept for another time than the Service says',
    replace(IPTABLES, /--seconds 600/g, '--seconds 60'),
    ['affinity-wrong shop/sticky:http'],
  ],
  [
    'a Service without endpoints is not refused',
    without(IPTABLES, /-A KUBE-SERVICES -d 10.96.1.7\/32 .*REJECT/),
    ['not-refused shop/empty:http'],
  ],
  [
    'a Service that has endpoints again is still refused',
    before(
      IPTABLES,
      /-A KUBE-SERVICES -d 10.96.1.7\/32 .*REJECT/,
      '-A KUBE-SERVICES -d 10.96.1.1/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
    ),
    ['refusal-stale shop/web:http'],
  ],
  [
    'pods no longer get to all endpoints of a load balancer that keeps outside traffic local',
    without(IPTABLES, new RegExp(`-A KUBE-EXT-${webLocal} -s 10.244.0.0/16`)),
    ['endpoint-missing shop/web-lb-local:http'],
  ],
  [
    'outside traffic that must stay local is sent to other nodes',
    replace(
      IPTABLES,
      `-A KUBE-EXT-${webLocal} -j KUBE-SVL-${webLocal}`,
      `-A KUBE-EXT-${webLocal} -j KUBE-SVC-${webLocal}`,
    ),
    ['endpoint-stale shop/web-lb-local:http'],
  ],
  [
    'a load balancer with source ranges leaves strangers waiting instead of dropping them',
    without(IPTABLES, /-A KUBE-PROXY-FIREWALL /),
    ['not-refused shop/web-lb-ranges:http'],
  ],
  [
    'a load balancer with source ranges lets everybody in',
    replace(IPTABLES, `-A KUBE-FW-${ranges} -s 203.0.113.0/24`, `-A KUBE-FW-${ranges}`),
    ['let-through shop/web-lb-ranges:http'],
  ],
  [
    'an external IP is not caught',
    without(IPTABLES, /-A KUBE-SERVICES -d 198.51.100.7\/32/),
    ['not-served shop/extip'],
  ],
  [
    'the address of a load balancer leads to another Service',
    replace(
      IPTABLES,
      /(?<=-A KUBE-SERVICES -d 192.0.2.10\/32 .* -j )KUBE-EXT-AKPB56V6DIC5CJT2/,
      'KUBE-EXT-XD76KVWZDPV3CDUO',
    ),
    ['endpoint-missing shop/web-lb:http'],
  ],
  [
    'a Service for its own node only is served from other nodes',
    replace(IPTABLES, /(?<=-A KUBE-SEP-ZOH2BU4LK53DTYUW .*--to-destination )10.244.1.10:8080/, '10.244.2.10:8080'),
    ['endpoint-missing shop/itp-local:http', 'endpoint-stale shop/itp-local:http'],
  ],
  [
    'the health check of a load balancer is not let in',
    without(IPTABLES, /-A KUBE-NODEPORTS .*--dport 31999 /),
    ['health-port-missing shop/web-lb-local:http'],
  ],
  [
    'an IPv6 address of a Service is not caught',
    without(IP6TABLES, /-A KUBE-SERVICES -d fd00:96::112/),
    ['not-served shop/web6:http'],
  ],
  [
    'somebody flushed the table mangle',
    without(IPTABLES, /^:KUBE-PROXY-CANARY/),
    ['canary-missing -', 'canary-missing -', 'canary-missing -'],
  ],
  [
    "somebody else's rule takes the address of a Service first",
    before(
      IPTABLES,
      /-A PREROUTING .*KUBE-SERVICES/,
      '-A PREROUTING -d 10.96.1.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.0.9:80',
    ),
    ['rule-foreign -'],
  ],
  [
    'a chain of an endpoint that is gone was left',
    before(IPTABLES, /^:KUBE-SEP-4T4AOVNVVSLJH5UY/, ':KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]'),
    ['chain-surplus -'],
  ],
  [
    'the table of mode nftables was left',
    file('nft-list-ruleset.txt', recorded('nftables', 'nft-list-ruleset.txt')),
    ['nft-table -', 'nft-table -'],
  ],
  [
    'kube-ipvs0, virtual servers and ipsets of mode ipvs were left',
    both(
      file('ip-addr.json', recorded('ipvs', 'ip-addr.json')),
      file('proc-net-ip_vs.txt', recorded('ipvs', 'proc-net-ip_vs.txt')),
      file('ipset-save.txt', recorded('ipvs', 'ipset-save.txt')),
    ),
    // And what is refused on the way to other nodes is not, while its address is this node's own.
    [
      'ipvs-device -',
      'ipvs-servers -',
      'ipsets -',
      'not-refused shop/empty:http',
      'not-refused shop/empty-nodeport:http',
    ],
  ],
  [
    'rules of the legacy flavour are still met by packets',
    file(
      'iptables-legacy-save.txt',
      '# Generated by iptables-save v1.8.9 (legacy) on Sun Nov 22 10:26:25 2026\n*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n' +
        '-A PREROUTING -j KUBE-SERVICES\n-A KUBE-SERVICES -d 10.96.1.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-67NZLRHBNDSAWJRO\nCOMMIT\n',
    ),
    ['other-flavour -'],
  ],
];

test.each(FAULTS)('%s', (_sentence, edit, expected) => {
  const findings = auditPlanted('iptables', edit);
  expect(findings.map(({ id, service }) => `${id} ${service ?? '-'}`).toSorted()).toEqual(expected.toSorted());
});
