// What all Services share in iptables: the jumps from the built-in chains, the mark, the masquerade, the order of KUBE-SERVICES. Modes
// iptables and ipvs use the same names with other contents.
import type { Demand } from '../demand/demand.ts';
import type { IptablesRule, IptablesRuleset, IptablesTable } from '../rules/iptables.ts';
import { firstBranch, type Origin } from '../walk/packet.ts';
import type { IptablesWalk } from '../walk/iptables-walk.ts';
import { RESYNC, type Finding } from './finding.ts';

export type Framework = {
  readonly findings: readonly Finding[];
  readonly broken: Broken;
};

/** What the findings explain already, so that it is not told again for each Service. */
export type Broken = {
  readonly origins: ReadonlySet<Origin>;
  readonly remarks: ReadonlySet<string>;
  readonly nodePorts: boolean;
};

type Jump = { readonly table: string; readonly from: string; readonly to: string; readonly breaks: readonly Origin[] };

const NAT_JUMPS: readonly Jump[] = [
  { table: 'nat', from: 'PREROUTING', to: 'KUBE-SERVICES', breaks: ['pod', 'outside'] },
  { table: 'nat', from: 'OUTPUT', to: 'KUBE-SERVICES', breaks: ['host'] },
  { table: 'nat', from: 'POSTROUTING', to: 'KUBE-POSTROUTING', breaks: [] },
];

/** iptablesJumpChains, pkg/proxy/iptables/proxier.go: those that all releases have which have the chain at all. */
const FILTER_JUMPS: readonly Jump[] = [
  { table: 'filter', from: 'INPUT', to: 'KUBE-EXTERNAL-SERVICES', breaks: [] },
  { table: 'filter', from: 'INPUT', to: 'KUBE-NODEPORTS', breaks: [] },
  { table: 'filter', from: 'FORWARD', to: 'KUBE-SERVICES', breaks: [] },
  { table: 'filter', from: 'OUTPUT', to: 'KUBE-SERVICES', breaks: [] },
  { table: 'filter', from: 'FORWARD', to: 'KUBE-FORWARD', breaks: [] },
  { table: 'filter', from: 'INPUT', to: 'KUBE-PROXY-FIREWALL', breaks: [] },
  { table: 'filter', from: 'FORWARD', to: 'KUBE-PROXY-FIREWALL', breaks: [] },
  { table: 'filter', from: 'OUTPUT', to: 'KUBE-PROXY-FIREWALL', breaks: [] },
];

/** iptablesJumpChain, pkg/proxy/ipvs/proxier.go. */
const IPVS_JUMPS: readonly Jump[] = [
  { table: 'filter', from: 'FORWARD', to: 'KUBE-FORWARD', breaks: [] },
  { table: 'filter', from: 'INPUT', to: 'KUBE-NODE-PORT', breaks: [] },
  { table: 'filter', from: 'INPUT', to: 'KUBE-PROXY-FIREWALL', breaks: [] },
  { table: 'filter', from: 'FORWARD', to: 'KUBE-PROXY-FIREWALL', breaks: [] },
  { table: 'filter', from: 'INPUT', to: 'KUBE-IPVS-FILTER', breaks: [] },
  { table: 'filter', from: 'OUTPUT', to: 'KUBE-IPVS-OUT-FILTER', breaks: [] },
];

export function iptablesFramework(demand: Demand, ruleset: IptablesRuleset, walk: IptablesWalk): Framework {
  const jumps = [...NAT_JUMPS, ...(demand.mode === 'ipvs' ? IPVS_JUMPS : FILTER_JUMPS)];
  const missing = jumps.filter((jump) => lacks(ruleset.tables.get(jump.table), jump));
  const masquerade = masqueradeFindings(demand, ruleset, walk);
  const postrouting = missing.some(({ to }) => to === 'KUBE-POSTROUTING');
  const findings = [
    ...missing.map((jump) => jumpFinding(ruleset, jump)),
    ...(postrouting ? [] : masquerade),
    ...(demand.mode === 'iptables' ? [...nodePortsPlace(demand, ruleset), ...canaries(ruleset)] : []),
    ...forwardRule(demand, ruleset),
  ];
  return {
    findings,
    broken: {
      origins: new Set(missing.flatMap(({ breaks }) => breaks)),
      remarks: new Set(postrouting || masquerade.length > 0 ? MASQUERADE_REMARKS : []),
      nodePorts: findings.some(({ id }) => id === 'nodeports-missing'),
    },
  };
}

export const MASQUERADE_REMARKS: readonly string[] = ['masquerade-missing', 'masquerade-needless', 'hairpin-missing'];

/** A chain of filter that is not there is none of this release; without those of nat there are no Services. */
function lacks(chains: IptablesTable | undefined, { table, from, to }: Jump): boolean {
  if (table === 'filter' && chains?.has(to) !== true) return false;
  return !(chains?.get(from)?.rules.some(({ target }) => target?.kind === 'jump' && target.chain === to) ?? false);
}

function jumpFinding({ family }: IptablesRuleset, { table, from, to, breaks }: Jump): Finding {
  const nothing = breaks.length > 0 ? ' No Service answers on that way.' : '';
  return {
    ...common(family, `${table} ${from}`),
    kind: 'missing',
    id: 'jump-missing',
    what: `${from} does not jump to ${to}: the rules in it are never met.${nothing}`,
  };
}

function common(
  family: Finding['family'],
  where: string,
): Pick<Finding, 'severity' | 'service' | 'family' | 'where' | 'fix'> {
  return { severity: 'error', service: undefined, family, where, fix: RESYNC };
}

function masqueradeFindings(demand: Demand, ruleset: IptablesRuleset, walk: IptablesWalk): Finding[] {
  return [...markFinding(demand, ruleset), ...postroutingFinding(demand, ruleset, walk)];
}

function markFinding({ settings }: Demand, { family, tables }: IptablesRuleset): Finding[] {
  const rules = tables.get('nat')?.get('KUBE-MARK-MASQ')?.rules ?? [];
  const marker = rules.find(({ target }) => target?.kind === 'mark')?.target;
  if (marker?.kind === 'mark' && marker.value === settings.masqueradeMark) return [];
  return [
    {
      ...common(family, 'nat KUBE-MARK-MASQ'),
      kind: marker === undefined ? 'missing' : 'wrong',
      id: 'mark-wrong',
      what: `KUBE-MARK-MASQ does not set the mark 0x${settings.masqueradeMark.toString(16)}: what must be masqueraded is not.`,
    },
  ];
}

/** Not by the letter: a marked packet must be masqueraded, an unmarked one must not. */
function postroutingFinding({ settings, view }: Demand, { family }: IptablesRuleset, walk: IptablesWalk): Finding[] {
  // Neither address is an endpoint's, so that no set matches.
  const address = view.primary[family] ?? '';
  const packet = { from: 'host', family, source: address, destination: address, protocol: 'tcp', port: 0 } as const;
  const masquerades = (mark: number): boolean =>
    walk({ table: 'nat', chain: 'POSTROUTING' }, { ...firstBranch(packet), mark }).some(
      ({ verdict }) => verdict === 'masqueraded',
    );
  const [marked, unmarked] = [masquerades(settings.masqueradeMark), masquerades(0)];
  if (marked && !unmarked) return [];
  return [
    {
      ...common(family, 'nat KUBE-POSTROUTING'),
      kind: marked ? 'wrong' : 'missing',
      id: 'postrouting-wrong',
      what: marked
        ? 'KUBE-POSTROUTING masquerades packets that are not marked for it.'
        : 'KUBE-POSTROUTING does not masquerade marked packets: answers do not find their way back.',
    },
  ];
}

/** Behind a jump to KUBE-NODEPORTS the rest of KUBE-SERVICES is met only by what no node port took. */
function nodePortsPlace({ view }: Demand, { family, tables }: IptablesRuleset): Finding[] {
  // nodePortAddresses may name none that this node has.
  if (view.nodePortAddresses[family].length === 0) return [];
  const rules = tables.get('nat')?.get('KUBE-SERVICES')?.rules ?? [];
  const first = rules.findIndex(isNodePorts);
  if (first < 0)
    return [
      {
        ...common(family, 'nat KUBE-SERVICES'),
        kind: 'missing',
        id: 'nodeports-missing',
        what: 'KUBE-SERVICES does not jump to KUBE-NODEPORTS: no node port answers.',
      },
    ];
  if (rules.slice(first).every(isNodePorts)) return [];
  return [
    {
      ...common(family, 'nat KUBE-SERVICES'),
      kind: 'wrong',
      id: 'nodeports-displaced',
      what: 'The jump to KUBE-NODEPORTS must be the last rule of KUBE-SERVICES, and is not: a node port can take what is meant for a Service behind it.',
    },
  ];
}

function isNodePorts({ target }: IptablesRule): boolean {
  return target?.kind === 'jump' && target.chain === 'KUBE-NODEPORTS';
}

/** By its canaries kube-proxy notices within seconds that somebody has flushed its rules (pkg/util/iptables/monitor). */
function canaries({ family, tables }: IptablesRuleset): Finding[] {
  return [...tables]
    .filter(([name, table]) => ['mangle', 'nat', 'filter'].includes(name) && !table.has('KUBE-PROXY-CANARY'))
    .map(([name]) => ({
      ...common(family, `${name} KUBE-PROXY-CANARY`),
      severity: 'warning',
      kind: 'missing',
      id: 'canary-missing',
      what: `The chain by which kube-proxy notices a flush is not in ${name}: somebody may have flushed this table.`,
    }));
}

/** Where FORWARD drops by policy, this lets masqueraded connections through. */
function forwardRule({ settings }: Demand, { family, tables }: IptablesRuleset): Finding[] {
  const rules = tables.get('filter')?.get('KUBE-FORWARD')?.rules ?? [];
  const accepts = rules.some(
    ({ matches, target }) =>
      target?.kind === 'accept' &&
      matches.some((match) => match.kind === 'mark' && match.value === settings.masqueradeMark),
  );
  if (accepts) return [];
  return [
    {
      ...common(family, 'filter KUBE-FORWARD'),
      severity: 'warning',
      kind: 'missing',
      id: 'forward-accept-missing',
      what: 'KUBE-FORWARD does not accept marked packets: where FORWARD drops by policy, node ports do not answer.',
    },
  ];
}
