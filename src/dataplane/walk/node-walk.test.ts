// What really happened when the recorded node was asked (probe.txt), against where a walk through its rules ends.
import { expect, test } from 'vitest';
import { familyOf } from '../addresses.ts';
import { viewNode, type NodeView } from '../demand/node.ts';
import { recordedNode } from '../testing/node.ts';
import { recorded } from '../testing/recorded.ts';
import { nodeWalk } from './node-walk.ts';
import type { Ending, Packet } from './packet.ts';
import { placeOf, type Place } from './place.ts';

/** Flaws of the recorded node, not of its rules: no IPv6 route out, and an endpoint on a node that does not exist. */
const UNREACHABLE = /^(?:host -> \[fd00)|-> (?:192\.0\.2\.11|10\.0\.2\.15:30082)/;

test.each(['iptables', 'ipvs', 'nftables'] as const)('in mode %s walks end where real connections ended', (mode) => {
  const { rules, settings, node } = recordedNode(mode);
  const view = viewNode({ node, addresses: rules.addresses, settings, mode });
  const place = placeOf(view, rules.addresses);
  const probes = [
    ...recorded(mode, 'probe.txt').matchAll(/^(?:host|pod (\S+)) -> (\S+):([0-9]+)\s+rc=([0-9]+) ?(.*)$/gm),
  ];
  expect(probes.length).toBeGreaterThan(20);
  for (const [line, pod, bracketed = '', port, code = '', said = ''] of probes) {
    const packet = packetOf(view, place, { pod, destination: bracketed.replaceAll(/[[\]]/g, ''), port: Number(port) });
    const endings = nodeWalk(rules, mode, { family: packet.family, place })(packet);
    expect(
      endings.reduce((sum, { share }) => sum + share, 0),
      line,
    ).toBeCloseTo(1);
    if (code !== '0' && UNREACHABLE.test(line)) continue;
    expect(answers(endings), line).toContain(code === '0' ? said : `rc=${code}`);
  }
});

type Probe = { readonly pod: string | undefined; readonly destination: string; readonly port: number };

function packetOf(view: NodeView, place: Place, { pod, destination, port }: Probe): Packet {
  const family = familyOf(destination) ?? 'IPv4';
  // What the node sends to an address on kube-ipvs0 it sends from that address.
  const own = place.isVirtual(destination) ? destination : (view.primary[family] ?? '');
  return { from: pod === undefined ? 'host' : 'pod', family, source: pod ?? own, destination, protocol: 'tcp', port };
}

/** What a client may see: the pod's name, or curl's code: 7 for refused, 28 for no answer at all. */
function answers(endings: readonly Ending[]): string[] {
  return endings.map((ending) => {
    if (ending.kind === 'endpoint') return `web-${/(1[0-9])\]?:/.exec(ending.at)?.[1] ?? ''}`;
    return ending.kind === 'dropped' ? 'rc=28' : 'rc=7';
  });
}
