// The chains of the bridge. There is one for each kind of front and number of endpoints, not one for each Service: with 5,000 chains
// nft takes ten seconds where maps of 5,000 elements take a tenth of one. A front's element sends its connections to the chain of
// its kind, which picks the endpoint from the map of its size, by the same key and a number.
import type { BridgeFront, Course } from './fronts.ts';
import type { BridgeNode } from './node-facts.ts';
import { nftFamily } from './table.ts';

/** Everything that decides which chain a front uses. */
export type ChainKind = Pick<BridgeFront, 'family' | 'isSticky'> & {
  readonly isNodePort: boolean;
  readonly course: Course['kind'];
  readonly any: number;
  readonly local: number;
};

export function chainKind({ family, isSticky, address, course }: BridgeFront): ChainKind {
  const local = course.kind === 'outsideLocal' ? course.local.length : 0;
  return { family, isSticky, isNodePort: address === undefined, course: course.kind, any: course.any.length, local };
}

const COURSE_NAMES: Readonly<Record<Course['kind'], string>> = {
  inside: 'inside',
  outside: 'outside',
  outsideLocal: 'outside-local',
};

/** `inside-3`, `node-port-outside-local-3-1-sticky`. */
export function chainName({ isNodePort, course, any, local, isSticky }: ChainKind): string {
  const sizes = course === 'outsideLocal' ? `${any}-${local}` : String(any);
  return `${isNodePort ? 'node-port-' : ''}${COURSE_NAMES[course]}-${sizes}${isSticky ? '-sticky' : ''}`;
}

/** Those who are not allowed stay untranslated. */
export function guardName(kind: ChainKind): string {
  return `guarded-${chainName(kind)}`;
}

/** The maps hold the same for sticky fronts and others. */
export function pickName(isNodePort: boolean, which: 'any' | 'local', size: number): string {
  return `${isNodePort ? 'node-port-' : ''}${which}-${size}`;
}

/** Fields of a packet that name the front it is for. */
export function frontFields(kind: Pick<ChainKind, 'family' | 'isNodePort'>): string {
  const fields = 'meta l4proto . th dport';
  return kind.isNodePort ? fields : `${nftFamily(kind.family)} daddr . ${fields}`;
}

/** The rules of such a chain, one a line. */
export function chainRules(kind: ChainKind, node: BridgeNode): string[] {
  const markAlways = mark(node);
  const any = translate(kind, 'any', kind.any);
  switch (kind.course) {
    case 'inside':
      return [...(node.masqueradeAll ? [markAlways] : unlessFromPod(kind, node)), any];
    case 'outside':
      return [markAlways, any];
    case 'outsideLocal':
      return [
        ...fromPod(kind, node).map((match) => `${match} ${any}`),
        `fib saddr type local ${markAlways}`,
        `fib saddr type local ${any}`,
        ...(kind.local === 0 ? [] : [translate(kind, 'local', kind.local)]),
      ];
  }
}

/** Always the same seed: a source keeps its endpoint when the table is loaded anew. */
const SEED = '0x62726964';

function translate(kind: ChainKind, which: 'any' | 'local', size: number): string {
  const family = nftFamily(kind.family);
  const number = kind.isSticky ? `jhash ${family} saddr mod ${size} seed ${SEED}` : `numgen random mod ${size}`;
  return `dnat ${family} to ${frontFields(kind)} . ${number} map @${pickName(kind.isNodePort, which, size)}`;
}

/** kube-proxy's own bit: nobody else in a cluster uses it, and its postrouting rules, should they be back, know what it asks for. */
function mark({ masqueradeMark }: BridgeNode): string {
  return `meta mark set meta mark | ${hex(masqueradeMark)}`;
}

export function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

export const POD_RANGES = 'pod-ranges';

function fromPod({ family }: ChainKind, { pods }: BridgeNode): string[] {
  if (pods.kind === 'ranges') return [`${nftFamily(family)} saddr @${POD_RANGES}`];
  return pods.kind === 'device' ? [`iifname "${pods.name}${pods.isPrefix ? '*' : ''}"`] : [];
}

function unlessFromPod({ family }: ChainKind, node: BridgeNode): string[] {
  const { pods } = node;
  if (pods.kind === 'ranges') return [`${nftFamily(family)} saddr != @${POD_RANGES} ${mark(node)}`];
  return pods.kind === 'device' ? [`iifname != "${pods.name}${pods.isPrefix ? '*' : ''}" ${mark(node)}`] : [];
}
