// Rules of others that decide over the address of a Service before kube-proxy does.
import type { Demand } from '../demand/demand.ts';
import type { IptablesRule, IptablesRuleset } from '../rules/iptables.ts';
import { onlyAddress, onlyPort } from '../walk/chain-index.ts';
import type { Finding } from './finding.ts';

const TABLES = ['raw', 'mangle', 'nat', 'filter'];

export function foreignRules(demand: Demand, { family, tables }: IptablesRuleset): Finding[] {
  return TABLES.flatMap((table) =>
    [...(tables.get(table)?.values() ?? [])]
      .filter(({ name }) => !name.startsWith('KUBE-'))
      .flatMap(({ name, rules }) =>
        rules.filter((rule) => takesService(demand, table, rule)).map((rule) => ({ name, rule })),
      )
      .map(({ name, rule }) => ({
        kind: 'foreign',
        id: 'rule-foreign',
        severity: 'warning',
        service: undefined,
        family,
        where: `${table} ${name}`,
        what: `A rule that is not kube-proxy's decides over ${at(rule)}, the address of a Service: ${JSON.stringify(rule.text.slice(0, 200))}.`,
        fix: 'Ask who has written it. With another mode it may come before or behind the rules of Services.',
      })),
  );
}

function takesService({ serviceIPs }: Demand, table: string, rule: IptablesRule): boolean {
  const address = onlyAddress(rule);
  return address !== undefined && serviceIPs.has(address) && decides(table, rule);
}

/** Behind it a packet meets no rule of kube-proxy any more. Who accepts in a filter takes nothing away: node-local DNS does. */
function decides(table: string, { target }: IptablesRule): boolean {
  switch (target?.kind) {
    case 'dnat':
    case 'drop':
    case 'reject':
    case 'masquerade':
      return true;
    case 'accept':
    case 'return':
    case 'other':
      return table === 'nat';
    default:
      return false;
  }
}

function at(rule: IptablesRule): string {
  const port = onlyPort(rule);
  return `${onlyAddress(rule) ?? ''}${port === undefined ? '' : ` port ${port}`}`;
}
