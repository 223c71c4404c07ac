// What all Services share in nftables: base chains that lead to the maps, and the masquerade. Names of base chains changed between
// releases, so not names are looked at but what a packet meets.
import type { Demand } from '../demand/demand.ts';
import type { NftTable } from '../rules/nftables.ts';
import { firstBranch, type Origin } from '../walk/packet.ts';
import type { NftWalk } from '../walk/nft-walk.ts';
import { RESYNC, type Finding } from './finding.ts';
import { MASQUERADE_REMARKS, type Framework } from './iptables-framework.ts';

/** Which map must be looked into from which hook. firewall-ips is younger than the mode: who lacks it shows in the behaviour. */
const LOOKUPS: readonly { readonly hook: string; readonly map: string }[] = [
  { hook: 'prerouting', map: 'service-ips' },
  { hook: 'prerouting', map: 'service-nodeports' },
  { hook: 'output', map: 'service-ips' },
  { hook: 'output', map: 'service-nodeports' },
  { hook: 'input', map: 'no-endpoint-nodeports' },
  { hook: 'forward', map: 'no-endpoint-services' },
  { hook: 'output', map: 'no-endpoint-services' },
];

export function nftFramework(demand: Demand, table: NftTable, walk: NftWalk): Framework {
  const maps = new Set(LOOKUPS.map(({ map }) => map));
  const absent = [...maps].filter((map) => !table.maps.has(map));
  const unused = LOOKUPS.filter(({ hook, map }) => !absent.includes(map) && !looksUp(table, hook, map));
  const masquerade = masqueradeFinding(demand, table, walk);
  const lacks = (map: string): boolean => absent.includes(map) || unused.some((lookup) => lookup.map === map);
  return {
    findings: [
      ...absent.map((map) => missing(table, `map ${map}`, 'map-missing', `The map ${map} is not in table kube-proxy.`)),
      ...unused.map(({ hook, map }) =>
        missing(
          table,
          `hook ${hook}`,
          'jump-missing',
          `Nothing at the hook ${hook} looks into ${map}: what is in it has no effect there.`,
        ),
      ),
      ...masquerade,
    ],
    broken: {
      origins: new Set(unused.filter(({ map }) => map === 'service-ips').flatMap(({ hook }) => originsAt(hook))),
      remarks: new Set(masquerade.length > 0 ? MASQUERADE_REMARKS : []),
      nodePorts: lacks('service-nodeports') || lacks('no-endpoint-nodeports'),
    },
  };
}

function missing({ family }: NftTable, where: string, id: string, what: string): Finding {
  return { kind: 'missing', id, severity: 'error', service: undefined, family, where, what, fix: RESYNC };
}

function originsAt(hook: string): readonly Origin[] {
  return hook === 'output' ? ['host'] : ['pod', 'outside'];
}

function masqueradeFinding({ settings, view }: Demand, table: NftTable, walk: NftWalk): Finding[] {
  const { family } = table;
  const address = view.primary[family] ?? '';
  const packet = { from: 'host', family, source: address, destination: address, protocol: 'tcp', port: 0 } as const;
  const masquerades = (mark: number): boolean =>
    walk('postrouting', { ...firstBranch(packet), mark }).some(({ verdict }) => verdict === 'masqueraded');
  const [marked, unmarked] = [masquerades(settings.masqueradeMark), masquerades(0)];
  if (marked && !unmarked) return [];
  const what = marked
    ? 'Packets are masqueraded that are not marked for it.'
    : `Packets marked 0x${settings.masqueradeMark.toString(16)} are not masqueraded: answers do not find their way back.`;
  return [{ ...missing(table, 'hook postrouting', 'postrouting-wrong', what), kind: marked ? 'wrong' : 'missing' }];
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
