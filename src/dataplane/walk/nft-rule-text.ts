// A rule of nft as a person writes it, from its clauses: JSON has no text of its own.
import { hostPort } from '../addresses.ts';
import type { NftClause, NftField, NftRule, NftVerdict } from '../rules/nftables.ts';

export function nftRuleText({ clauses }: NftRule): string {
  return clauses
    .filter(({ kind }) => kind !== 'counter')
    .map(clauseText)
    .join(' ');
}

const FIELDS: Readonly<Record<NftField, string>> = {
  source: 'saddr',
  destination: 'daddr',
  protocol: 'l4proto',
  port: 'dport',
};

function clauseText(clause: NftClause): string {
  switch (clause.kind) {
    case 'address':
      return `${FIELDS[clause.side]} ${not(clause.negated)}${clause.values.join(', ')}`;
    case 'inSet':
      return `${fields(clause.fields)} ${not(clause.negated)}@${clause.set}`;
    case 'isLocal':
      return `fib ${FIELDS[clause.side]} type ${not(clause.negated)}local`;
    case 'protocol':
      return `l4proto ${clause.protocol}`;
    case 'port':
      return `dport ${clause.port}`;
    case 'interface':
      return `iifname ${not(clause.negated)}${clause.names.join(', ')}`;
    case 'state':
      return `ct state ${clause.states.join(',')}`;
    case 'translated':
      return 'ct status dnat';
    case 'marked':
      return `mark & 0x${clause.bits.toString(16)} ${clause.negated ? '==' : '!='} 0`;
    case 'counter':
      return 'counter';
    case 'other':
      return clause.text;
    default:
      return actionText(clause);
  }
}

type Action = Extract<
  NftClause,
  { kind: 'setMark' | 'toggleMark' | 'lookup' | 'drawVerdict' | 'dnat' | 'masquerade' | 'remember' | 'verdict' }
>;

function actionText(clause: Action): string {
  switch (clause.kind) {
    case 'setMark':
      return `mark set mark | 0x${clause.bits.toString(16)}`;
    case 'toggleMark':
      return `mark set mark ^ 0x${clause.bits.toString(16)}`;
    case 'lookup':
      return `${fields(clause.fields)} vmap @${clause.map}`;
    case 'drawVerdict':
      return `numgen random mod ${clause.slots} vmap { ${clause.verdicts.map(verdictText).join(', ')} }`;
    case 'dnat':
      return `dnat to ${clause.slots === 1 ? '' : `numgen random mod ${clause.slots} `}${clause.to.map((to) => hostPort(to.address, to.port)).join(', ')}`;
    case 'masquerade':
      return 'masquerade';
    case 'remember':
      return `update @${clause.set} { saddr }`;
    case 'verdict':
      return verdictText(clause.verdict);
  }
}

function verdictText(verdict: NftVerdict): string {
  return 'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}

function fields(names: readonly NftField[]): string {
  return names.map((name) => FIELDS[name]).join(' . ');
}

function not(negated: boolean): string {
  return negated ? '!= ' : '';
}
