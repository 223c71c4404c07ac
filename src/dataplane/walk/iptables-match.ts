// How likely a rule of iptables matches a branch: 0, 1, or the probability it draws with.
import type { IptablesMatch } from '../rules/iptables.ts';
import type { IpSetTest } from './ip-set-test.ts';
import type { Branch } from './packet.ts';
import type { Place } from './place.ts';

export type MatchAround = { readonly place: Place; readonly inSet: IpSetTest };

export function chanceOf(matches: readonly IptablesMatch[], branch: Branch, around: MatchAround): number {
  let chance = 1;
  for (const match of matches) {
    chance *= chanceOfOne(match, branch, around);
    if (chance === 0) return 0;
  }
  return chance;
}

function chanceOfOne(match: IptablesMatch, branch: Branch, around: MatchAround): number {
  if (match.kind === 'probability') return match.probability;
  const { kind } = match;
  // A first packet is of no connection the list knows; and what is not understood is not assumed to match.
  if (kind === 'recent') return match.does === 'remember' ? 1 : 0;
  if (kind === 'accounting') return 1;
  if (kind === 'other') return 0;
  if (kind === 'ipvs') return branch.destination === match.address && branch.port === match.port ? 1 : 0;
  return holdsFor(match, branch, around) === match.negated ? 0 : 1;
}

type Plain = Exclude<IptablesMatch, { readonly kind: 'probability' | 'recent' | 'accounting' | 'other' | 'ipvs' }>;

function holdsFor(match: Plain, branch: Branch, { place, inSet }: MatchAround): boolean {
  switch (match.kind) {
    case 'source':
      return place.inPrefix(branch.source, match.prefix);
    case 'destination':
      return place.inPrefix(branch.destination, match.prefix);
    case 'protocol':
      return match.protocol === branch.protocol;
    case 'destinationPort':
      return match.port === branch.port;
    case 'sourceIsLocal':
      return place.isLocal(branch.source);
    case 'destinationIsLocal':
      return place.isLocal(branch.destination);
    // Only the interface of pods is ever named in kube-proxy's rules (detectLocalMode BridgeInterface, InterfaceNamePrefix).
    case 'interface':
      return match.side === 'in' && branch.from === 'pod';
    case 'physicalIn':
      return branch.from === 'pod';
    case 'state':
      return match.states.includes('NEW') || (match.states.includes('DNAT') && branch.translated);
    case 'mark':
      return (branch.mark & match.mask) >>> 0 === match.value;
    case 'set':
      return inSet(match.set, match.fields, branch);
  }
}
