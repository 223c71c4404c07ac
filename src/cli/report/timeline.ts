// The time axis of the report's chart, and where each step of each node lies on it. Pure; all lengths are of the drawing.
import type { NodeStep } from './steps.ts';
import type { NodeReport, Report } from './report.ts';

export type Bar = {
  readonly x: number;
  readonly width: number;
  readonly direction: NodeStep['direction'];
  readonly title: string;
};
export type Row = { readonly name: string; readonly y: number; readonly bars: readonly Bar[] };
export type Tick = { readonly x: number; readonly label: string };

export type Timeline = {
  readonly width: number;
  readonly height: number;
  readonly rowHeight: number;
  /** Columns for names; 0 where there are too many to be read. */
  readonly names: number;
  readonly rows: readonly Row[];
  readonly ticks: readonly Tick[];
  /** Where the migration turned round. */
  readonly turned: number | undefined;
};

const WIDTH = 1000;
const NAMES = 180;
const AXIS = 24;
/** Of all rows together, where there are thousands. */
const TALLEST = 1600;
const ROW = 16;
/** A row lower than this has no room for a name. */
const READABLE = 10;
const MOST_TICKS = 6;
const DAY = 86_400;
const NICE = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** undefined where no node was ever on its way. Rows follow each other by when they began. */
export function timelineOf(report: Report): Timeline | undefined {
  const moved = report.nodes
    .filter(({ steps }) => steps.length > 0)
    .toSorted((a, b) => Date.parse(a.steps[0]?.from ?? '') - Date.parse(b.steps[0]?.from ?? ''));
  if (moved.length === 0) return undefined;
  const end = Date.parse(report.migration.finishedAt ?? report.writtenAt);
  const times = moved.flatMap(({ steps }) =>
    steps.flatMap(({ from, to }) => [Date.parse(from), to === null ? end : Date.parse(to)]),
  );
  const from = Math.min(...chunked(times, Math.min));
  const to = Math.max(from + 1000, ...chunked(times, Math.max));
  const rowHeight = Math.min(ROW, TALLEST / moved.length);
  const names = rowHeight < READABLE ? 0 : NAMES;
  const scale = (at: number): number => rounded(names + ((at - from) / (to - from)) * (WIDTH - names));
  const turnedAt = Date.parse(report.decisions.find(({ what }) => what.startsWith('To turn round'))?.at ?? '');
  return {
    width: WIDTH,
    height: rounded(AXIS + moved.length * rowHeight),
    rowHeight: rounded(rowHeight),
    names,
    rows: moved.map((node, index) => rowOf(node, rounded(AXIS + index * rowHeight), { scale, end })),
    ticks: ticks(from, to, scale),
    turned: turnedAt >= from && turnedAt <= to ? scale(turnedAt) : undefined,
  };
}

/** Thousands of arguments at once are too many for one call. */
function chunked(values: readonly number[], pick: (...of: number[]) => number): readonly number[] {
  return Array.from({ length: Math.ceil(values.length / 1000) }, (_, index) =>
    pick(...values.slice(index * 1000, (index + 1) * 1000)),
  );
}

type Axis = { readonly scale: (at: number) => number; readonly end: number };

function rowOf({ name, steps, phase }: NodeReport, y: number, { scale, end }: Axis): Row {
  const bars = steps.map(({ direction, from, to }): Bar => {
    const x = scale(Date.parse(from));
    const last = scale(to === null ? end : Date.parse(to));
    const title = `${name}, ${direction === 'forward' ? 'to the target mode' : 'back'}: ${from} to ${to ?? 'now'}; ${phase}`;
    return { x, width: Math.max(1, rounded(last - x)), direction, title };
  });
  return { name, y, bars };
}

function ticks(from: number, to: number, scale: Axis['scale']): readonly Tick[] {
  const seconds = (to - from) / 1000;
  const step =
    (NICE.find((nice) => seconds / nice <= MOST_TICKS) ?? 86_400 * Math.ceil(seconds / 86_400 / MOST_TICKS)) * 1000;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => {
    const at = first + index * step;
    const text = new Date(at).toISOString();
    return { x: scale(at), label: seconds > DAY ? text.slice(5, 16).replace('T', ' ') : text.slice(11, 19) };
  });
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
