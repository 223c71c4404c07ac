// iptables-save, as the probe prints it: without the rules of single Services, which it counts.
import type { IptablesChain, IptablesRules } from '../facts/probe.ts';
import { linesOf } from './lines.ts';

const SERVICE_CHAIN = /^KUBE-(?:SVC|SEP|EXT|FW|SVL|XLB)-/;

/** Takes a full iptables-save, too. With counters (`-c`) or without. */
export function parseIptablesSave(text: string): IptablesRules {
  const chains: IptablesChain[] = [];
  const rules: IptablesRules['rules'][number][] = [];
  let table = '';
  let serviceChains = 0;
  for (const line of linesOf(text)) {
    if (line.startsWith('*')) table = line.slice(1);
    const chain = chainOf(line, table);
    const rule = ruleOf(line);
    if (chain !== undefined && SERVICE_CHAIN.test(chain.name)) serviceChains += 1;
    else if (chain !== undefined) chains.push(chain);
    else if (rule !== undefined && !SERVICE_CHAIN.test(rule.slice('-A '.length))) rules.push({ table, rule });
    else serviceChains += Number(/^service-chains ([0-9]+)$/.exec(line)?.[1] ?? 0);
  }
  return { chains, rules, serviceChains };
}

function chainOf(line: string, table: string): IptablesChain | undefined {
  const match = /^:(\S+) (\S+)/.exec(line);
  return match === null ? undefined : { table, name: match[1] ?? '', policy: match[2] ?? '-' };
}

function ruleOf(line: string): string | undefined {
  return /^(?:\[[0-9]+:[0-9]+\] )?(-A \S+ .*)$/.exec(line)?.[1];
}
