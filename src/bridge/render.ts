// The bridge as text for `nft -f -`. It stands in for a kube-proxy that has taken its old rules away and has not written new ones
// yet. The kernel asks the chains of nat hooks by priority until one translates the connection, so a table one place after
// kube-proxy's (dstnat + 1) never gets a connection that kube-proxy's rules serve. (IPVS is later than any nat hook: while it is the
// old mode, the bridge serves in its stead from the moment it is up.)
import type { Family } from '../dataplane/addresses.ts';
import {
  chainKind,
  chainName,
  chainRules,
  frontFields,
  guardName,
  hex,
  pickName,
  POD_RANGES,
  type ChainKind,
} from './chains.ts';
import { bridgeFronts, type BridgeFront, type BridgeInput, type Fronts } from './fronts.ts';
import type { BridgeNode, PodSources } from './node-facts.ts';
import { ALIVE, aliveElements, BRIDGE_TABLE, FAMILIES, nftFamily, removal } from './table.ts';
import { addressWord, deviceWord, prefixWords } from './words.ts';

export type BridgeScript = {
  readonly family: Family;
  /** One transaction: it replaces a bridge that is there, and leaves none where there is nothing to serve. */
  readonly text: string;
  /** Addresses and ports it serves. */
  readonly fronts: number;
};

/** A script a family, to be loaded one by one. `seconds`: how long it serves unless it is loaded anew meanwhile. */
export function renderBridge(input: BridgeInput, seconds: number): BridgeScript[] {
  const all = bridgeFronts(input);
  return FAMILIES.map((family) => {
    const node = { ...input.node, pods: podSourcesIn(input.node.pods, family) };
    const fronts = all.fronts.filter((front) => front.family === family);
    const text =
      fronts.length === 0 ? removal(family) : `${removal(family)}${table({ family, node, seconds }, fronts, all)}`;
    return { family, text, fronts: fronts.length };
  });
}

/** kube-proxy, too, tells pods apart in those families only whose ranges it was given. */
function podSourcesIn(pods: PodSources, family: Family): PodSources {
  if (pods.kind === 'device' && deviceWord(pods.name) === undefined) return { kind: 'unknown' };
  if (pods.kind !== 'ranges') return pods;
  const ranges = prefixWords(pods.ranges, family);
  return ranges.length === 0 ? { kind: 'unknown' } : { kind: 'ranges', ranges };
}

type Frame = { readonly family: Family; readonly node: BridgeNode; readonly seconds: number };

function table({ family, node, seconds }: Frame, fronts: readonly BridgeFront[], { ownEndpoints }: Fronts): string {
  const parts = gather(fronts);
  const own = [...ownEndpoints].flatMap((address) => addressWord(address, family) ?? []);
  const reach = nodePortReach(node, family);
  const ip = nftFamily(family);
  return [
    `table ${ip} ${BRIDGE_TABLE} {`,
    '  comment "stands in for kube-proxy while its mode is changed"',
    `  set ${ALIVE} { typeof meta l4proto; flags timeout; elements = ${aliveElements(seconds)}; }`,
    ...(node.pods.kind === 'ranges' ? [set(POD_RANGES, `typeof ${ip} saddr; flags interval`, node.pods.ranges)] : []),
    ...reach.sets,
    set(
      'own',
      `typeof ${ip} saddr . ${ip} daddr`,
      own.map((address) => `${address} . ${address}`),
    ),
    set('allowed', `typeof ${fieldsOf(family, false)} . ${ip} saddr; flags interval`, parts.allowed),
    ...[...parts.picks].map(([name, { kind, size, elements }]) =>
      set(name, `typeof ${frontFields(kind)} . numgen random mod ${size} : ${ip} daddr . th dport`, elements, 'map'),
    ),
    set('fronts', `typeof ${fieldsOf(family, false)} : verdict`, parts.addresses, 'map'),
    set('node-ports', `typeof ${fieldsOf(family, true)} : verdict`, parts.nodePorts, 'map'),
    ...[...parts.chains.values()].map((kind) => chain(chainName(kind), chainRules(kind, node))),
    ...[...parts.guards.values()].map((kind) => chain(guardName(kind), guardRules(kind))),
    ...hooks({ family, node, seconds }, reach.match),
    '}',
    '',
  ].join('\n');
}

function fieldsOf(family: Family, isNodePort: boolean): string {
  return frontFields({ family, isNodePort });
}

function guardRules(kind: ChainKind): string[] {
  return [`${frontFields(kind)} . ${nftFamily(kind.family)} saddr @allowed goto ${chainName(kind)}`];
}

function hooks({ family, node }: Frame, nodePorts: string): string[] {
  const ip = nftFamily(family);
  const bit = hex(node.masqueradeMark);
  const isAlive = `meta l4proto != @${ALIVE} return`;
  return [
    chain('look-up', [
      isAlive,
      `${fieldsOf(family, false)} vmap @fronts`,
      `${nodePorts} ${fieldsOf(family, true)} vmap @node-ports`,
    ]),
    chain('prerouting', ['type nat hook prerouting priority dstnat + 1; policy accept', 'jump look-up']),
    // The name `dstnat` is for prerouting only.
    chain('output', ['type nat hook output priority -99; policy accept', 'jump look-up']),
    chain('postrouting', [
      'type nat hook postrouting priority srcnat + 1; policy accept',
      isAlive,
      `meta mark & ${bit} == ${bit} meta mark set meta mark ^ ${bit} masquerade fully-random`,
      // An endpoint that is its own client would answer itself without the node.
      `${ip} saddr . ${ip} daddr @own masquerade fully-random`,
    ]),
  ];
}

/** Where node ports answer. Never on loopback: masquerading there once cut the kubelet off from its own streaming server. */
function nodePortReach(node: BridgeNode, family: Family): { readonly sets: readonly string[]; readonly match: string } {
  const ip = nftFamily(family);
  const local = `${ip} daddr != ${family === 'IPv4' ? '127.0.0.0/8' : '::1'} fib daddr type local`;
  const written = node.nodePortAddresses;
  const primary = written.includes('primary') ? (node.primary[family] ?? []) : [];
  const chosen = prefixWords([...written, ...[primary].flat()], family);
  // Prefixes of the other family only leave this one whole (NewNodePortAddresses, pkg/proxy/util/nodeport_addresses.go).
  const isWhole = written.includes('all') || (chosen.length === 0 && !written.includes('primary'));
  if (isWhole) return { sets: [], match: local };
  return {
    sets: [set('node-addresses', `typeof ${ip} daddr; flags interval`, chosen)],
    match: `${ip} daddr @node-addresses ${local}`,
  };
}

function set(name: string, declaration: string, elements: readonly string[], kind: 'set' | 'map' = 'set'): string {
  const filled = elements.length === 0 ? '' : ` elements = { ${elements.join(',\n')} };`;
  return `  ${kind} ${name} { ${declaration};${filled} }`;
}

function chain(name: string, rules: readonly string[]): string {
  return [`  chain ${name} {`, ...rules.map((rule) => `    ${rule};`), '  }'].join('\n');
}

type Pick = { readonly kind: ChainKind; readonly size: number; readonly elements: string[] };

type Parts = {
  readonly addresses: string[];
  readonly nodePorts: string[];
  readonly allowed: string[];
  readonly picks: Map<string, Pick>;
  readonly chains: Map<string, ChainKind>;
  readonly guards: Map<string, ChainKind>;
};

/** The elements of all maps, in one walk over the fronts. */
function gather(fronts: readonly BridgeFront[]): Parts {
  const parts: Parts = {
    addresses: [],
    nodePorts: [],
    allowed: [],
    picks: new Map(),
    chains: new Map(),
    guards: new Map(),
  };
  for (const front of fronts) addFront(front, parts);
  return parts;
}

function addFront(front: BridgeFront, parts: Parts): void {
  const kind = chainKind(front);
  const { address, protocol, port, allowed, course } = front;
  const key = address === undefined ? `${protocol} . ${port}` : `${address} . ${protocol} . ${port}`;
  const name = allowed === undefined ? chainName(kind) : guardName(kind);
  (address === undefined ? parts.nodePorts : parts.addresses).push(`${key} : goto ${name}`);
  parts.chains.set(chainName(kind), kind);
  if (allowed !== undefined) parts.guards.set(name, kind);
  for (const range of allowed ?? []) parts.allowed.push(`${key} . ${range}`);
  addPicks(parts, kind, { which: 'any', key, targets: course.any });
  if (course.kind === 'outsideLocal') addPicks(parts, kind, { which: 'local', key, targets: course.local });
}

type Picks = { readonly which: 'any' | 'local'; readonly key: string; readonly targets: readonly string[] };

function addPicks({ picks }: Parts, kind: ChainKind, { which, key, targets }: Picks): void {
  const size = targets.length;
  if (size === 0) return;
  const name = pickName(kind.isNodePort, which, size);
  const pick = picks.get(name) ?? { kind, size, elements: [] };
  picks.set(name, pick);
  for (const [index, target] of targets.entries()) pick.elements.push(`${key} . ${index} : ${target}`);
}
