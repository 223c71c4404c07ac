// What a node has of another mode than the one it runs. Most of it goes when the target mode starts; what stays would catch traffic
// beside the new rules, and the result of the migration could not be judged.
//
// The catalogue blocks what is fatal. Taken as fatal here: what packets still meet and the start of the target mode leaves in place. Other
// leftovers are a warning, or else a node that went from iptables to ipvs once, without cleaning, could never leave ipvs again.
import type { ProxyMode } from '../../api/fields.ts';
import { isProxyMode } from '../../kubeproxy/coupled-fields.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { isOlder } from '../facts/image.ts';
import type { NodeFacts } from '../facts/node.ts';
import { given, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { Hit, NodeRule } from '../rule.ts';
import { NAME_NODE } from './shared-kube-proxy.ts';
import { chainsSeen, chosenFlavour, leftoversOn } from './shared-leftovers.ts';
import type { Leftover } from './shared-leftovers.ts';

export const baselineLeftovers: NodeRule = {
  id: 'baseline-leftovers',
  section: 1,
  scope: 'node',
  title: 'the node has leftovers of a mode it does not run',
  verdicts: everyMode(['warn', 'block']),
  source: 'cmd/kube-proxy/app/server_linux.go, platformCleanup; k/k#102314, k/k#109286',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    // The devices can be listed on every node that was looked at, in whatever way.
    given([node.kubeProxy.mode, node.probe.devices], (running) => {
      if (!isProxyMode(running)) return undefined;
      const way = { running, target, cleansTable: cleansNftTable(cluster) };
      return given([decisive(node, way)], () => {
        const found = leftoversOn(node, running, valueOr(cluster.services, []));
        return found.length === 0 ? undefined : inWords(node, way, found);
      });
    }),
};

type Way = { readonly running: ProxyMode; readonly target: ProxyMode; readonly cleansTable: boolean };

/** What has to be seen before it can be said that nothing blocks. */
function decisive(node: NodeFacts, { running, target, cleansTable }: Way): Known<unknown> {
  if (running === target) return known(undefined);
  const rulesMatter = (running === 'nftables' && target === 'ipvs') || (running === 'ipvs' && target === 'nftables');
  if (rulesMatter) return chainsSeen(node);
  const tableMatters = running !== 'nftables' && target !== 'nftables' && !cleansTable;
  return tableMatters && !hasNoNft(node) ? node.probe.nftTables : known(undefined);
}

/** Without nft where kube-proxy's programs are, it has never been able to make a table. */
function hasNoNft({ probe: { nftVersion } }: NodeFacts): boolean {
  return nftVersion.known && nftVersion.value === undefined;
}

/** Starting iptables or ipvs mode deletes the table of nftables mode: from 1.33 on always, in 1.29 to 1.32 with the gate. */
function cleansNftTable({ kubeProxy }: ClusterFacts): boolean {
  const version: Version | undefined = valueOr(kubeProxy.version, undefined)?.parsed;
  const gates = valueOr(kubeProxy.config, undefined)?.read.featureGates ?? {};
  if (version === undefined || !isOlder(version, 1, 33)) return true;
  if (isOlder(version, 1, 29)) return false;
  return gates['NFTablesProxyMode'] ?? !isOlder(version, 1, 31);
}

/** What nothing removes when the target mode starts. iptables and ipvs clean nothing of each other, nftables cleans both. */
function stays(node: NodeFacts, { running, target, cleansTable }: Way, { of, active, flavour }: Leftover): boolean {
  if (!active || target === running || of === target) return false;
  if (of === 'nftables') return !cleansTable;
  if (target !== 'nftables') return true;
  const chosen = chosenFlavour(node);
  return flavour !== undefined && chosen !== undefined && !flavour.startsWith(chosen);
}

function inWords(node: NodeFacts, way: Way, found: readonly Leftover[]): Hit {
  const { running, target } = way;
  const staying = found.filter((one) => stays(node, way, one));
  const list = (all: readonly Leftover[]): string =>
    [...Map.groupBy(all, ({ of }) => of)]
      .map(([of, ones]) => `of ${of} mode: ${ones.map(({ what }) => what).join(', ')}`)
      .join('; ');
  const has = `The node runs ${running} and still has ${list(found)}.`;
  if (staying.length > 0)
    return {
      verdict: 'block',
      message: `${has} Nothing removes this when ${target} mode starts, and packets still meet it: ${staying.map(({ what }) => what).join(', ')}.`,
      fix: fixFor(staying),
    };
  const after =
    target === running
      ? `Nothing of it belongs to ${running} mode.`
      : `Mode ${target} removes it or takes it over when it starts, and what packets do not meet does no harm.`;
  return { verdict: 'warn', message: `${has} ${after}`, fix: fixFor(found) };
}

function fixFor(found: readonly Leftover[]): string {
  const tables = found.filter(({ of }) => of === 'nftables').map(({ what }) => `nft delete ${what}   # on the node`);
  const rest = found.some(({ of }) => of !== 'nftables');
  const reboot = [
    '# rules, sets, virtual servers and devices do not outlive a boot:',
    NAME_NODE,
    'kubectl drain $NODE --ignore-daemonsets --delete-emptydir-data',
    'reboot   # on the node',
    'kubectl uncordon $NODE',
  ];
  return [...tables, ...(rest ? reboot : [])].join('\n');
}
