// Not only the faults somebody thought of: no line of a healthy node's rules that serves a Service can be lost without a finding.
import { expect, test } from 'vitest';
import { auditPlanted, IP6TABLES, IPTABLES, NFT, SERVERS, SETS } from '../testing/plant.ts';
import { textsOf } from '../testing/node.ts';

/** Lines without which every connection to a Service still ends where it should. */
const NOT_MISSED = [
  // The kubelet's; established and broken connections; the rule that only counts; the way from 127.0.0.1.
  /KUBE-FIREWALL|RELATED,ESTABLISHED|ctstate INVALID|will be dropped by|-d 127\.0\.0\.0\/8|-s 127\.0\.0\.0\/8/,
  // A jump that some releases do not have; the mark is taken off only for those behind kube-proxy.
  /FORWARD .* -j KUBE-EXTERNAL-SERVICES|KUBE-POSTROUTING -j MARK/,
  // Only a pod of this node can send to itself through this node's rules.
  /KUBE-SEP-\S+ -s 10\.(?:244\.2|0\.2)\./,
  // ipvs: ends the chain early; a set nobody is in; what the node's own port answers.
  /KUBE-SERVICES .* -j ACCEPT|KUBE-EXTERNAL-IP-LOCAL|KUBE-HEALTH-CHECK-NODE-PORT|KUBE-IPVS-IPS dst -j REJECT/,
  // nftables: what this map does not refuse cluster-ips-check does.
  /^\s*(?:elements = \{ )?10\.96\.1\.[78] \. tcp \. 80 comment/,
];

test.each([
  ['iptables', IPTABLES, /-A .*KUBE-/],
  ['iptables', IP6TABLES, /-A .*KUBE-/],
  ['ipvs', IPTABLES, /-A .*KUBE-/],
  ['ipvs', SETS, /^add/],
  ['ipvs', SERVERS, /^(?:TCP|UDP|SCTP)|^ {2}-> \[?[0-9A-Fa-f]/],
  ['nftables', NFT, /^\t\t(?:.*(?:: goto |dnat to|goto |jump services)|mark)/],
] as const)('in mode %s no line of %s is lost unnoticed', (mode, file, kind) => {
  const lines = (textsOf(mode).get(file) ?? '').split('\n');
  const serving = [...lines.entries()].filter(
    ([, line]) => kind.test(line) && !NOT_MISSED.some((one) => one.test(line)),
  );
  const unnoticed = serving.filter(([at]) => {
    const findings = auditPlanted(mode, (texts) => void texts.set(file, lines.toSpliced(at, 1).join('\n')));
    return findings.length === 0;
  });
  expect(serving.length).toBeGreaterThan(4);
  expect(unnoticed).toEqual([]);
});
