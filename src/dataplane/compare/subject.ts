// What is judged or traced: a node's rules, what is demanded of it, and its place.
import { demandOf, type Demand, type DemandInput } from '../demand/demand.ts';
import { settleTicks } from '../demand/settle-ticks.ts';
import type { NodeRules } from '../rules/node-rules.ts';
import { placeOf, type Place } from '../walk/place.ts';

export type AuditInput = Omit<DemandInput, 'addresses'> & { readonly rules: NodeRules };

export type Subject = { readonly demand: Demand; readonly rules: NodeRules; readonly place: Place };

export function subjectOf({ rules, ...input }: AuditInput): Subject {
  const demand = demandOf({ ...input, addresses: rules.addresses });
  const { virtualServers } = rules;
  const settled = virtualServers === undefined ? undefined : settleTicks(demand, virtualServers);
  return { demand, rules: { ...rules, virtualServers: settled }, place: placeOf(demand.view, rules.addresses) };
}
