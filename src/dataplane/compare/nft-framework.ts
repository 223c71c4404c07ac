// What all Services share in nftables: base chains that lead to the maps, and the masquerade. Names of base chains changed between
// releases, so not names are looked at but what a packet meets.
import type { Demand } from '../demand/demand.ts';
import type { NftTable } from '../rules/nftables.ts';
import { firstBranch, ORIGINS, type Origin } from '../walk/packet.ts';
import type { NftWalk } from '../walk/nft-walk.ts';
import { RESYNC, type Finding } from './finding.ts';
import { MASQUERADE_REMARKS, type Framework } from './iptables-framework.ts';

const MAPS = ['service-ips', 'service-nodeports', 'no-endpoint-services', 'no-endpoint-nodeports'];

export function nftFramework({ settings, view }: Demand, table: NftTable, walk: NftWalk): Framework {
  const { family } = table;
  const common = { severity: 'error', service: undefined, family, fix: RESYNC } as const;
  const findings: Finding[] = MAPS.filter((map) => !table.maps.has(map)).map((map) => ({
    ...common,
    kind: 'missing',
    id: 'map-missing',
    where: `map ${map}`,
    what: `The map ${map} is not in table kube-proxy.`,
  }));
  const dark = ORIGINS.filter((origin) => !looksUp(table, origin === 'host' ? 'output' : 'prerouting', 'service-ips'));
  for (const hook of new Set(dark.map((origin) => (origin === 'host' ? 'output' : 'prerouting'))))
    findings.push({
      ...common,
      kind: 'missing',
      id: 'jump-missing',
      where: `hook ${hook}`,
      what: `Nothing at the hook ${hook} leads to service-ips: no Service answers on that way.`,
    });
  const address = view.primary[family] ?? '';
  const packet = { from: 'host', family, source: address, destination: address, protocol: 'tcp', port: 0 } as const;
  const masquerades = (mark: number): boolean =>
    walk('postrouting', { ...firstBranch(packet), mark }).some(({ verdict }) => verdict === 'masqueraded');
  const [marked, unmarked] = [masquerades(settings.masqueradeMark), masquerades(0)];
  const wrong = !marked || unmarked;
  if (wrong)
    findings.push({
      ...common,
      kind: marked ? 'wrong' : 'missing',
      id: 'postrouting-wrong',
      where: 'hook postrouting',
      what: marked
        ? 'Packets are masqueraded that are not marked for it.'
        : `Packets marked 0x${settings.masqueradeMark.toString(16)} are not masqueraded: answers do not find their way back.`,
    });
  const origins = new Set<Origin>(dark);
  const remarks = new Set(wrong ? MASQUERADE_REMARKS : []);
  return { findings, broken: { origins, remarks, nodePorts: !table.maps.has('service-nodeports') } };
}

/** Some chain that is reached from the hook looks into the map. */
function looksUp({ chains }: NftTable, hook: string, map: string): boolean {
  const reached = new Set([...chains.values()].filter((chain) => chain.hook?.hook === hook).map(({ name }) => name));
  // A Set goes on with what is added to it meanwhile.
  for (const name of reached)
    for (const clause of chains.get(name)?.rules.flatMap(({ clauses }) => clauses) ?? []) {
      if (clause.kind === 'lookup' && clause.map === map) return true;
      if (clause.kind === 'verdict' && 'chain' in clause.verdict) reached.add(clause.verdict.chain);
    }
  return false;
}
