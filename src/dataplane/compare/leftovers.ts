// What another mode has left behind: kube-proxy itself never cleans between iptables and ipvs, and not always around nftables.
import { familyOf, hostPort } from '../addresses.ts';
import type { Demand } from '../demand/demand.ts';
import type { NodeRules } from '../rules/node-rules.ts';
import { IPVS_DEVICE } from '../rules/node-addresses.ts';
import { liveRuleset, ownChains } from '../walk/live-ruleset.ts';
import { listed, type Finding } from './finding.ts';
import { leftoverChains } from './leftover-chains.ts';

export function leftovers(demand: Demand, rules: NodeRules): Finding[] {
  return [
    ...(demand.mode === 'nftables' ? [] : nftTables(rules)),
    ...(demand.mode === 'ipvs' ? [] : [...device(rules), ...servers(demand, rules), ...sets(rules)]),
    ...rules.iptables.flatMap((ruleset) => leftoverChains(demand, ruleset, isOtherFlavour(rules, ruleset))),
  ];
}

/** Legacy beside nf_tables, or the other way round: what is left there is met by packets all the same. */
function isOtherFlavour({ iptables }: NodeRules, ruleset: NodeRules['iptables'][number]): boolean {
  return ownChains(ruleset) > 0 && liveRuleset(iptables, ruleset.family) !== ruleset;
}

const common = { kind: 'leftover', service: undefined } as const;

function nftTables({ nftables }: NodeRules): Finding[] {
  return (nftables?.kubeProxy ?? []).map(({ family, name }) => {
    const short = family === 'IPv4' ? 'ip' : 'ip6';
    return {
      ...common,
      id: 'nft-table',
      severity: 'error',
      family,
      where: `nft table ${short} ${name}`,
      what: "The table of mode nftables is still there: its rules translate before or after this mode's, whichever was registered first.",
      fix: `nft delete table ${short} ${name}`,
    };
  });
}

function device({ addresses }: NodeRules): Finding[] {
  const left = (addresses ?? []).filter(({ device: name }) => name === IPVS_DEVICE).map(({ address }) => address);
  if (left.length === 0) return [];
  return [
    {
      ...common,
      id: 'ipvs-device',
      severity: 'error',
      family: undefined,
      where: IPVS_DEVICE,
      what: `${IPVS_DEVICE} still holds ${listed(left)}: the node takes these addresses for its own.`,
      fix: `ip link delete ${IPVS_DEVICE}`,
    },
  ];
}

function servers({ serviceIPs, byNodePort, view }: Demand, { virtualServers }: NodeRules): Finding[] {
  const nodePorts = new Set([...byNodePort.values()].map(({ front }) => front.port));
  const left = [...(virtualServers?.servers.values() ?? [])].filter(
    ({ address, port }) => serviceIPs.has(address) || (view.addresses.includes(address) && nodePorts.has(port)),
  );
  if (left.length === 0) return [];
  const shown = left.map(({ address, port, protocol }) => `${hostPort(address, port)}/${protocol.toUpperCase()}`);
  return [
    {
      ...common,
      id: 'ipvs-servers',
      severity: 'error',
      family: left[0] === undefined ? undefined : familyOf(left[0].address),
      where: 'IPVS',
      what: `${left.length} virtual servers of Services are still there: ${listed(shown)}.`,
      fix: 'Remove these with ipvsadm -D, one by one: kube-proxy --cleanup would also remove those of others.',
    },
  ];
}

const OWN_SET =
  /^KUBE-(?:6-)?(?:CLUSTER-IP|LOOP-BACK|EXTERNAL-IP|LOAD-BALANCER|NODE-PORT|HEALTH-CHECK-NODE-PORT|IPVS-IPS)/;

function sets({ ipSets }: NodeRules): Finding[] {
  const left = [...(ipSets?.sets.keys() ?? [])].filter((name) => OWN_SET.test(name));
  if (left.length === 0) return [];
  return [
    {
      ...common,
      id: 'ipsets',
      severity: 'note',
      family: undefined,
      where: 'ipset',
      what: `${left.length} ipsets of mode ipvs are still there: ${listed(left)}. They do nothing by themselves.`,
      fix: 'ipset destroy each of them, once no rule names it',
    },
  ];
}
