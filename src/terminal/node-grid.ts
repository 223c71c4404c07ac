// The nodes of a cluster by zone, as large as there is room for: with their names, as one mark each, or counted.
import { clean, fit } from './fit.ts';
import type { NodeView } from './node-view.ts';
import type { Paint } from './paint.ts';
import { lookOf, renderNode, runs } from './render-node.ts';
import { shortNames } from './short-names.ts';

export type Room = {
  readonly width: number;
  /** Infinity where nobody scrolls a picture away, as in a pipe. */
  readonly height: number;
};

type Zone = readonly [name: string, nodes: readonly NodeView[]];

/** Never more than `height` lines, unless there are more zones than that. */
export function nodeGrid(nodes: readonly NodeView[], { width, height }: Room, paint: Paint): readonly string[] {
  const zones: readonly Zone[] = [...Map.groupBy(nodes, ({ zone }) => zone)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const named = namedGrid(nodes, width, paint);
  if (named.length <= Math.min(height, NAMED_LINES)) return named;
  // Where no zone is known there is nothing to tell apart.
  const isZoned = zones.some(([zone]) => zone !== '');
  const headOf = ([zone]: Zone, column: number): string =>
    isZoned ? `${paint('quiet', fit(nameOf(zone), column))}  ` : '';
  const marks = zones.flatMap((zone) => [
    headOf(zone, nameOf(zone[0]).length) + countsOf(zone[1]),
    ...markLines(zone, width, paint),
  ]);
  return marks.length <= height ? marks : zones.map((zone) => headOf(zone, 24) + countsOf(zone[1]));
}

/** More names than this are no picture any more. */
const NAMED_LINES = 24;
/** A name, a mode, a mark: what a column needs at least. */
const NARROWEST = 20;

/** The mark, the longest words said of a node, and blanks between. */
const BESIDE_NAME = 15;

/** One column for each zone; zones follow in the order of their first nodes. */
export function namedGrid(nodes: readonly NodeView[], width: number, paint: Paint): readonly string[] {
  const zones: readonly Zone[] = [...Map.groupBy(nodes, ({ zone }) => zone)];
  const { abreast, column, short } = columnsFor(nodes, zones.length, width);
  const cell = { width: column, names: Math.max(0, ...[...short.values()].map((name) => name.length)) };
  const drawn = (node: NodeView): string =>
    renderNode({ ...node, name: short.get(node.name) ?? node.name }, cell, paint);
  const bands = Array.from({ length: Math.ceil(zones.length / abreast) }, (_, band) =>
    zones.slice(band * abreast, (band + 1) * abreast),
  );
  return bands.flatMap((band) => {
    const height = Math.max(...band.map(([, inZone]) => inZone.length));
    const heads = band.map(([zone]) => paint('quiet', fit(clean(zone), column))).join('');
    const rows = Array.from({ length: height }, (_, row) =>
      band.map(([, inZone]) => (inZone[row] === undefined ? ' '.repeat(column) : drawn(inZone[row]))).join(''),
    );
    return band.every(([zone]) => zone === '') ? rows : [heads, ...rows];
  });
}

type Columns = { readonly abreast: number; readonly column: number; readonly short: ReadonlyMap<string, string> };

/** As many abreast as leave room for what is said of a node, and for as much of its name as tells it from the others. */
function columnsFor(nodes: readonly NodeView[], zones: number, width: number): Columns {
  const names = nodes.map(({ name }) => name);
  for (let abreast = Math.max(1, Math.min(zones, Math.floor(width / NARROWEST))); abreast > 1; abreast--) {
    const column = Math.floor(width / abreast);
    const short = shortNames(names, column - BESIDE_NAME);
    if (short !== undefined) return { abreast, column, short };
  }
  const short = shortNames(names, width - BESIDE_NAME) ?? new Map(names.map((name) => [name, name]));
  return { abreast: 1, column: width, short };
}

function markLines([, nodes]: Zone, width: number, paint: Paint): readonly string[] {
  return Array.from({ length: Math.ceil(nodes.length / width) }, (_, line) =>
    painted(nodes.slice(line * width, (line + 1) * width), paint),
  );
}

/** Neighbours that look alike are painted at once: thousands of marks are redrawn several times a second. */
function painted(nodes: readonly NodeView[], paint: Paint): string {
  let text = '';
  for (let from = 0; from < nodes.length;) {
    const first = nodes[from];
    if (first === undefined) break;
    const { mark, style } = lookOf(first);
    let to = from;
    for (let next = nodes[to]; next !== undefined && lookOf(next).mark === mark; next = nodes[to]) to++;
    text += paint(style, mark.repeat(to - from));
    from = to;
  }
  return text;
}

/** "40 nodes: 12 nftables, 28 iptables, 1 in transit". */
function countsOf(nodes: readonly NodeView[]): string {
  const modes = Map.groupBy(nodes, runs);
  const moving = nodes.filter(({ phase }) => phase !== undefined && IN_TRANSIT.has(phase)).length;
  const parts = [...modes].toSorted(([, a], [, b]) => b.length - a.length).map(([mode, of]) => `${of.length} ${mode}`);
  const transit = moving === 0 ? [] : [`${moving} in transit`];
  return `${nodes.length} node${nodes.length === 1 ? '' : 's'}: ${[...parts, ...transit].join(', ')}`;
}

function nameOf(zone: string): string {
  return zone === '' ? 'no zone' : clean(zone);
}

export const IN_TRANSIT: ReadonlySet<string> = new Set(['Switching', 'Verifying', 'Restoring']);
