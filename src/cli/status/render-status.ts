// One migration as a picture of lines: how far it is, where each node is, what went wrong, what can be done. Pure.
import type { NodeMigration, ProxyModeMigration } from '../../api/kinds.ts';
import { humanDuration } from '../../rollout/duration.ts';
import { clean, cut, wrap } from '../../terminal/fit.ts';
import { nodeGrid, type Room } from '../../terminal/node-grid.ts';
import type { Paint } from '../../terminal/paint.ts';
import { phaseStyle, progressBar } from '../../terminal/progress-bar.ts';
import { legend } from '../../terminal/render-node.ts';
import { adviceFor } from '../migration/advice.ts';
import { paceOf } from '../migration/pace.ts';
import { nodeViews } from './node-views.ts';

export type StatusView = {
  readonly migration: ProxyModeMigration;
  readonly records: readonly NodeMigration[];
  readonly zones: ReadonlyMap<string, string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

export type Canvas = Room & { readonly paint: Paint };

const MESSAGE_LINES = 5;
const INDENT = 2;

/** No line is wider than the canvas; where its height is finite there are not more lines either, as long as it has ten. */
export function renderStatus(view: StatusView, { width, height, paint }: Canvas): readonly string[] {
  const { migration, records, zones } = view;
  const nodes = nodeViews(records, zones);
  const head = [
    ...title(view, width, paint),
    ...(nodes.length === 0 ? [] : [progressBar(nodes, migration.status?.phase ?? '', width, paint)]),
    ...speed(view, width),
    ...wrap(clean(migration.status?.message ?? 'no operator has seen it yet'), width, MESSAGE_LINES),
  ];
  const tail = [
    ...section('Did not switch', failures(view, width), paint),
    ...section('In the way', blocking(view, width), paint),
    ...section('What you can do', advice(view, width, paint), paint),
  ];
  // The nodes take what is left; the tail is cut where even so there is too much.
  const room = Math.max(MIN_GRID, height - head.length - tail.length - 2 - GRID_FRAME);
  const grid = nodes.length === 0 ? [] : ['', ...nodeGrid(nodes, { width, height: room }, paint), '', legend(paint)];
  return [...head, ...grid, ...tail].slice(0, height);
}

/** Enough for a line a zone. */
const MIN_GRID = 4;
/** Blank lines around the grid, and its legend. */
const GRID_FRAME = 3;

function title({ migration, now }: StatusView, width: number, paint: Paint): readonly string[] {
  const { metadata, spec, status } = migration;
  const phase = status?.phase ?? 'Pending';
  const from = status?.config?.originalMode;
  const way = from === undefined ? `to ${spec.mode}` : `${from} to ${spec.mode}`;
  const lead = cut(`${clean(metadata.name)}   ${way}   `, width);
  const words = [clean(phase), ...since(migration, now)].join(', ');
  return [`${paint('strong', lead)}${paint(phaseStyle(phase), cut(words, Math.max(0, width - lead.length)))}`, ''];
}

function since({ status, spec }: ProxyModeMigration, now: number): readonly string[] {
  const { startedAt, finishedAt, attempt = 1 } = status ?? {};
  const took =
    startedAt === undefined
      ? []
      : finishedAt === undefined
        ? [`begun ${humanDuration(now - Date.parse(startedAt))} ago`]
        : [`took ${humanDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`];
  return [...took, ...(attempt > 1 ? [`attempt ${attempt}`] : []), ...(spec.dryRun ? ['dry run'] : [])];
}

function speed({ migration, records, now }: StatusView, width: number): readonly string[] {
  const pace = paceOf(migration, records, now);
  if (pace === undefined) return [];
  const rate = pace.perMinute >= 10 ? Math.round(pace.perMinute) : Math.round(pace.perMinute * 10) / 10;
  const often = rate < 1 ? `a node every ${humanDuration(60_000 / pace.perMinute)}` : `${rate} nodes a minute`;
  return [cut(`${often}, about ${humanDuration(roundly(pace.left))} left`, width)];
}

/** No false precision: 5 s below a minute, 30 s below ten, then minutes. */
function roundly(milliseconds: number): number {
  const step = milliseconds < 60_000 ? 5000 : milliseconds < 600_000 ? 30_000 : 60_000;
  return Math.max(step, Math.round(milliseconds / step) * step);
}

function failures({ migration }: StatusView, width: number): readonly string[] {
  return (migration.status?.failures ?? []).flatMap(({ node, result, message }) =>
    indented(`${node}: ${result}. ${message}`, width, 3),
  );
}

function blocking({ migration }: StatusView, width: number): readonly string[] {
  const rules = (migration.status?.preflight?.rules ?? []).filter((rule) => rule.blocking);
  return rules.flatMap(({ rule, message, nodes }) =>
    indented(`${rule}${nodes > 0 ? ` (${nodes} node${nodes === 1 ? '' : 's'})` : ''}: ${message}`, width, 3),
  );
}

function advice({ migration }: StatusView, width: number, paint: Paint): readonly string[] {
  const all = adviceFor(migration);
  const column = Math.max(0, ...all.map(({ command }) => clean(command).length));
  return all.flatMap(({ command, what }) => {
    const typed = clean(command);
    if (INDENT + column + 3 + what.length <= width)
      return [`${' '.repeat(INDENT)}${typed.padEnd(column)}   ${paint('quiet', what)}`];
    return [`${' '.repeat(INDENT)}${paint('quiet', `${what}:`)}`, ...indented(typed, width, 3)];
  });
}

function indented(text: string, width: number, most: number): readonly string[] {
  return wrap(clean(text), width - INDENT, most).map((line) => ' '.repeat(INDENT) + line);
}

function section(heading: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ['', paint('strong', heading), ...lines];
}
