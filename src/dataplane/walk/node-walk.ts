// A packet's whole way through a node in one mode: destination translated, filtered, source translated.
//   iptables  nat PREROUTING or OUTPUT, filter INPUT, FORWARD or OUTPUT, nat POSTROUTING
//   ipvs      the same, with IPVS behind filter INPUT, or behind filter OUTPUT for what the node itself sends
//   nftables  the hooks prerouting or output, input or forward, postrouting of kube-proxy's own table
import type { ProxyMode } from '../../api/fields.ts';
import { hostPort, type Family } from '../addresses.ts';
import type { NodeRules } from '../rules/node-rules.ts';
import { ipSetTest } from './ip-set-test.ts';
import { iptablesWalk } from './iptables-walk.ts';
import { ipvsWalk } from './ipvs-walk.ts';
import { liveRuleset } from './live-ruleset.ts';
import { rememberedByMark } from './mark-only.ts';
import { nftWalk } from './nft-walk.ts';
import {
  firstBranch,
  type Branch,
  type Ending,
  type Outcome,
  type Packet,
  type Stage,
  type StagedWatch,
  type Watch,
} from './packet.ts';
import type { Place } from './place.ts';

export type NodeWalk = (packet: Packet, watch?: StagedWatch) => readonly Ending[];

/** What a mode does with a packet, one stage after the other. */
type Stages = {
  readonly destinations: (branch: Branch, watch: Watch) => Outcome[];
  readonly filters: (branch: Branch, watch: Watch) => Outcome[];
  /** Behind the filters; mode ipvs only. */
  readonly servers: (branch: Branch, watch: Watch) => Outcome[];
  readonly sources: (branch: Branch, watch: Watch) => Outcome[];
};

export function nodeWalk(
  rules: NodeRules,
  mode: ProxyMode,
  { family, place }: { family: Family; place: Place },
): NodeWalk {
  const stages = mode === 'nftables' ? nftStages(rules, family, place) : iptablesStages(rules, { mode, family, place });
  return (packet, watch) =>
    merged(
      stages
        .destinations(firstBranch(packet), staged(watch, 'destination'))
        .flatMap((out) => onward(stages, out, watch)),
    );
}

function iptablesStages(rules: NodeRules, at: { mode: ProxyMode; family: Family; place: Place }): Stages {
  const { mode, family, place } = at;
  const ruleset = liveRuleset(rules.iptables, family);
  const walk = iptablesWalk(ruleset, { place, inSet: ipSetTest(rules.ipSets, place) });
  const ipvs = ipvsWalk(mode === 'ipvs' ? rules.virtualServers : undefined);
  const nat = { table: 'nat', chain: 'PREROUTING' };
  const postrouting = { table: 'nat', chain: 'POSTROUTING' };
  const sources = rememberedByMark(ruleset?.tables.get('nat'), 'POSTROUTING', (branch) => walk(postrouting, branch));
  const filter = (chain: string) => (branch: Branch, watch: Watch) => walk({ table: 'filter', chain }, branch, watch);
  const isLocal = ({ destination }: Branch): boolean => place.isLocal(destination);
  return {
    destinations: (branch, watch) => walk(branch.from === 'host' ? { ...nat, chain: 'OUTPUT' } : nat, branch, watch),
    filters: (branch, watch) => {
      if (branch.from !== 'host') return filter(isLocal(branch) ? 'INPUT' : 'FORWARD')(branch, watch);
      const sent = filter('OUTPUT')(branch, watch);
      // IPVS catches what the node sends before it comes back in. It stands before filter OUTPUT, but the rules there name virtual servers.
      if (mode === 'ipvs' || !isLocal(branch)) return sent;
      return sent.flatMap((out) => (isOpen(out) ? filter('INPUT')(out.branch, watch) : [out]));
    },
    servers: (branch, watch) => (isLocal(branch) ? ipvs(branch, watch) : [passed(branch, 'routing')]),
    sources: (branch, watch) => (watch === undefined ? sources(branch) : walk(postrouting, branch, watch)),
  };
}

function nftStages({ nftables }: NodeRules, family: Family, place: Place): Stages {
  const walk = nftWalk(
    nftables?.kubeProxy.find((table) => table.family === family),
    place,
  );
  return {
    destinations: (branch, watch) => walk(branch.from === 'host' ? 'output' : 'prerouting', branch, watch),
    // What the node itself sends has met its filters at the hook output already.
    filters: (branch, watch) =>
      branch.from === 'host' && !place.isLocal(branch.destination)
        ? [passed(branch, 'hook output')]
        : walk(place.isLocal(branch.destination) ? 'input' : 'forward', branch, watch),
    servers: (branch) => [passed(branch, '')],
    sources: (branch, watch) => walk('postrouting', branch, watch),
  };
}

function passed(branch: Branch, where: string): Outcome {
  return { verdict: 'passed', branch, where };
}

function staged(watch: StagedWatch, stage: Stage): Watch {
  return watch === undefined ? undefined : (step) => watch({ ...step, stage });
}

function onward(stages: Stages, first: Outcome, watch: StagedWatch): Ending[] {
  const filtered = isOpen(first) ? stages.filters(first.branch, staged(watch, 'filter')) : [first];
  const served = filtered.flatMap((out) => (isOpen(out) ? serve(stages, out, staged(watch, 'destination')) : [out]));
  return served.map((out): Ending => {
    const { verdict, branch, where } = out;
    if (verdict === 'dropped' || verdict === 'rejected') return { kind: verdict, share: branch.share, where };
    if (!branch.translated) return { kind: 'untranslated', share: branch.share, where: first.where };
    return endpoint(stages, branch, staged(watch, 'source'));
  });
}

function serve(stages: Stages, out: Outcome, watch: Watch): Outcome[] {
  const served = stages.servers(out.branch, watch);
  return served.some(({ verdict }) => verdict !== 'passed') ? served : [out];
}

function isOpen({ verdict }: Outcome): boolean {
  return verdict === 'passed' || verdict === 'accepted';
}

function endpoint(stages: Stages, branch: Branch, watch: Watch): Ending {
  const masquerade = masquerades(stages, branch, watch);
  return {
    kind: 'endpoint',
    at: hostPort(branch.destination, branch.port),
    share: branch.share,
    masquerade,
    hairpin:
      branch.from !== 'pod'
        ? undefined
        : branch.source === branch.destination
          ? masquerade
          : reachesItself(stages, branch),
    affinitySeconds: branch.remembered ? branch.affinitySeconds : undefined,
  };
}

/** What this packet was marked for does not count for one that the endpoint sends to itself. */
function reachesItself(stages: Stages, branch: Branch): boolean {
  return masquerades(stages, { ...branch, source: branch.destination, mark: branch.selfMark }, undefined);
}

function masquerades(stages: Stages, branch: Branch, watch: Watch): boolean {
  return stages.sources(branch, watch).some(({ verdict }) => verdict === 'masqueraded');
}

/** The same endpoint may be reached in two ways. */
function merged(endings: readonly Ending[]): readonly Ending[] {
  if (endings.length === 1) return endings;
  const found = new Map<string, Ending>();
  for (const ending of endings) {
    const key =
      ending.kind !== 'endpoint'
        ? `${ending.kind} ${ending.where}`
        : ending.masquerade
          ? ending.at
          : `${ending.at} as it is`;
    const known = found.get(key);
    found.set(key, known === undefined ? ending : { ...known, share: known.share + ending.share });
  }
  return [...found.values()];
}
