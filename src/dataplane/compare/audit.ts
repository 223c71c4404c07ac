// The audit of one node: what Services demand of it, against what its rules do. A pure function; the same facts give the same findings.
import type { Family } from '../addresses.ts';
import type { Demand } from '../demand/demand.ts';
import { ipSetTest } from '../walk/ip-set-test.ts';
import { iptablesWalk } from '../walk/iptables-walk.ts';
import { liveRuleset, ownChains } from '../walk/live-ruleset.ts';
import { nftWalk } from '../walk/nft-walk.ts';
import { nodeWalk } from '../walk/node-walk.ts';
import type { Origin } from '../walk/packet.ts';
import { judgeBehaviour } from './behaviour.ts';
import { bySeverity, RESYNC, type Finding } from './finding.ts';
import { foreignRules } from './foreign.ts';
import { gather } from './gather.ts';
import { iptablesFramework, type Framework } from './iptables-framework.ts';
import { iptablesInventory } from './iptables-inventory.ts';
import { ipvsInventory } from './ipvs-inventory.ts';
import { leftovers } from './leftovers.ts';
import { nftFramework } from './nft-framework.ts';
import { nftInventory } from './nft-inventory.ts';
import { subjectOf, type AuditInput, type Subject } from './subject.ts';
import { absentFindings, unreadFindings } from './unread.ts';

export type Audit = {
  readonly demand: Demand;
  readonly findings: readonly Finding[];
};

export function audit(input: AuditInput): Audit {
  const { demand, findings } = examine(input);
  return { demand, findings: inOrder(findings) };
}

/** What is found, for a reader: the gravest first, the same fault on many Services once. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return gather(findings).toSorted(bySeverity);
}

/** Each finding by itself, in no order: what two looks at a node can be compared by. */
export function examine(input: AuditInput): Audit {
  const { demand, rules, place } = subjectOf(input);
  const absent = absentFindings(demand, rules);
  const own = absent.length > 0 ? absent : ownMode({ demand, rules, place });
  const foreign = rules.iptables.flatMap((ruleset) => foreignRules(demand, ruleset));
  return { demand, findings: [...own, ...leftovers(demand, rules), ...foreign, ...unreadFindings(rules)] };
}

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** First what all share, then what is listed, then what a packet would meet; each only says what the one before has not. */
function ownMode(subject: Subject): Finding[] {
  const { demand, rules, place } = subject;
  const families = FAMILIES.filter((family) => isServed(subject, family));
  const frameworks = new Map(families.map((family) => [family, framework(subject, family)]));
  const ipvs = demand.mode === 'ipvs' ? ipvsInventory(subject, families) : undefined;
  const inventories = [...families.flatMap((family) => inventory(subject, family)), ...(ipvs?.findings ?? [])];
  const behaviour = judgeBehaviour({
    demand,
    place,
    walks: {
      IPv4: nodeWalk(rules, demand.mode, { family: 'IPv4', place }),
      IPv6: nodeWalk(rules, demand.mode, { family: 'IPv6', place }),
    },
    broken: (family) => (frameworks.get(family) ?? NONE).broken,
    told: ipvs?.told ?? new Set(),
  });
  return [...[...frameworks.values()].flatMap(({ findings }) => findings), ...inventories, ...behaviour];
}

/** Services need it, or kube-proxy has written something for it. */
function isServed({ demand, rules }: Subject, family: Family): boolean {
  if (demand.ports.some((port) => port.family === family)) return true;
  const ruleset = liveRuleset(rules.iptables, family);
  return demand.mode === 'nftables'
    ? (rules.nftables?.kubeProxy ?? []).some((table) => table.family === family)
    : ruleset?.tables.get('nat')?.has('KUBE-SERVICES') === true;
}

const NONE: Framework = { findings: [], broken: { origins: new Set(), remarks: new Set(), nodePorts: false } };
const ALL_ORIGINS: ReadonlySet<Origin> = new Set<Origin>(['pod', 'host', 'outside']);

function framework({ demand, rules, place }: Subject, family: Family): Framework {
  if (demand.mode === 'nftables') {
    const table = rules.nftables?.kubeProxy.find((one) => one.family === family);
    return table === undefined
      ? nothingThere(family, 'table kube-proxy')
      : nftFramework(demand, table, nftWalk(table, place));
  }
  const ruleset = liveRuleset(rules.iptables, family);
  if (ruleset === undefined) return notRecorded(family);
  if (ownChains(ruleset) === 0) return nothingThere(family, 'nat KUBE-SERVICES');
  return iptablesFramework(demand, ruleset, iptablesWalk(ruleset, { place, inSet: ipSetTest(rules.ipSets, place) }));
}

function nothingThere(family: Family, where: string): Framework {
  const what = `kube-proxy has written nothing for ${family}: no Service answers.`;
  return silenced({
    kind: 'missing',
    id: 'nothing-there',
    severity: 'error',
    service: undefined,
    family,
    where,
    what,
    fix: RESYNC,
  });
}

function notRecorded(family: Family): Framework {
  const where = family === 'IPv4' ? 'iptables-save' : 'ip6tables-save';
  const what = `There is no output of ${where}: nothing can be said about the ${family} addresses of Services.`;
  const fix = `Record ${where} on the node.`;
  return silenced({
    kind: 'unread',
    id: 'not-recorded',
    severity: 'error',
    service: undefined,
    family,
    where,
    what,
    fix,
  });
}

/** One finding that says all there is to say of a family. */
function silenced(finding: Finding): Framework {
  return { findings: [finding], broken: { origins: ALL_ORIGINS, remarks: new Set(), nodePorts: true } };
}

function inventory({ demand, rules }: Subject, family: Family): Finding[] {
  const table = rules.nftables?.kubeProxy.find((one) => one.family === family);
  const ruleset = liveRuleset(rules.iptables, family);
  switch (demand.mode) {
    case 'nftables':
      return table === undefined ? [] : nftInventory(demand, table);
    case 'iptables':
      return ruleset === undefined || ownChains(ruleset) === 0 ? [] : iptablesInventory(demand, ruleset);
    case 'ipvs':
      return [];
  }
}
