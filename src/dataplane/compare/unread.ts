// What could not be read is said, so that its absence from the findings is not taken for health.
import { listed, type Finding } from './finding.ts';
import type { Demand } from '../demand/demand.ts';
import type { NodeRules } from '../rules/node-rules.ts';
import type { NotUnderstood } from '../rules/not-understood.ts';

export function unreadFindings(rules: NodeRules): Finding[] {
  const sources: readonly (readonly [string, NotUnderstood | undefined])[] = [
    ...rules.iptables.map(
      ({ family, notUnderstood }) => [family === 'IPv4' ? 'iptables-save' : 'ip6tables-save', notUnderstood] as const,
    ),
    ['nft', rules.nftables?.notUnderstood],
    ['virtual servers', rules.virtualServers?.notUnderstood],
    ['ipset save', rules.ipSets?.notUnderstood],
  ];
  return sources.flatMap(([where, unread]) =>
    unread === undefined || unread.count === 0
      ? []
      : [
          {
            ...note(where),
            what: `${unread.count} lines or statements were not understood: ${listed(
              unread.first.map((line) => JSON.stringify(line)),
              2,
            )}`,
          },
        ],
  );
}

function note(where: string): Omit<Finding, 'what'> {
  const fix = 'Look at them by hand: nothing is said about them.';
  return { kind: 'unread', id: 'not-understood', severity: 'note', service: undefined, family: undefined, where, fix };
}

/** What the mode cannot be judged without. */
export function absentFindings({ mode }: Demand, rules: NodeRules): Finding[] {
  const needed: readonly (readonly [string, boolean])[] = [
    ['iptables-save', mode !== 'nftables' && rules.iptables.length === 0],
    ['nft list ruleset', mode === 'nftables' && rules.nftables === undefined],
    ['/proc/net/ip_vs', mode === 'ipvs' && rules.virtualServers === undefined],
    ['ipset save', mode === 'ipvs' && rules.ipSets === undefined],
    ['ip addr', mode === 'ipvs' && rules.addresses === undefined],
  ];
  return needed
    .filter(([, absent]) => absent)
    .map(([where]) => ({
      ...note(where),
      id: 'not-recorded',
      severity: 'error',
      what: `There is no output of ${where}, and mode ${mode} cannot be judged without.`,
      fix: `Record ${where} on the node.`,
    }));
}
