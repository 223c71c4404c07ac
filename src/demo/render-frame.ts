// The live picture: one frame of lines, none wider than the terminal, always equally many, so that the next frame covers it.
import { clean, cut, fit, wrap } from './fit.ts';
import type { Paint, Style } from './paint.ts';
import { renderEvent } from './render-event.ts';
import { LEGEND, renderNode } from './render-node.ts';
import { minutes, type NodeView, type View } from './view.ts';

export type Screen = { readonly columns: number; readonly rows: number };

/** Below this a frame makes no sense, and plain lines are printed instead. */
export const SMALLEST: Screen = { columns: 72, rows: 22 };
const WIDEST = 110;
const TALLEST = 30;
const STORY_LINES = 2;
const MESSAGE_LINES = 5;

export function renderFrame(view: View, screen: Screen, paint: Paint): string[] {
  const width = Math.min(screen.columns, WIDEST) - 2;
  // The cursor rests on the line below the frame.
  const height = Math.min(screen.rows - 1, TALLEST);
  const head = [
    ...title(view, width, paint),
    '',
    ...exactly(STORY_LINES, wrap(clean(view.story), width, STORY_LINES)).map((line) => paint('strong', line)),
    `${paint('quiet', '$')} ${cut(view.command, width - 2)}`,
    '',
    ...grid(view.nodes, width, paint),
    legend(paint),
    '',
    bar(view, width, paint),
    ...wrap(clean(view.message), width, MESSAGE_LINES),
    '',
  ];
  const room = Math.max(0, height - head.length);
  const events = view.events
    .slice(Math.max(0, view.events.length - room))
    .map((event) => renderEvent(event, width, paint));
  return exactly(height, [...head, ...events]).map((line) => (line === '' ? '' : ` ${line}`));
}

function title(view: View, width: number, paint: Paint): string[] {
  const name = 'Proxymode demo';
  const time = minutes(view.elapsed);
  const cluster = fit(clean(view.cluster), width - name.length - time.length - 5);
  return [`${paint('strong', name)}   ${paint('quiet', cluster)}  ${time}`];
}

/** One column for each zone. */
function grid(nodes: readonly NodeView[], width: number, paint: Paint): string[] {
  const zones = [...Map.groupBy(nodes, ({ zone }) => zone)];
  const column = Math.floor(width / Math.max(1, zones.length));
  const height = Math.max(0, ...zones.map(([, inZone]) => inZone.length));
  const cell = { width: column, names: Math.max(0, ...nodes.map(({ name }) => name.length)) };
  const heads = zones.map(([zone]) => paint('quiet', fit(clean(zone), column))).join('');
  const rows = Array.from({ length: height }, (_, row) =>
    zones
      .map(([, inZone]) => (inZone[row] === undefined ? ' '.repeat(column) : renderNode(inZone[row], cell, paint)))
      .join(''),
  );
  return [heads, ...rows];
}

function legend(paint: Paint): string {
  return LEGEND.map(({ mark, style, words }) => `${paint(style, mark)} ${paint('quiet', words)}`).join('   ');
}

const TRANSIT: readonly (string | undefined)[] = ['Switching', 'Verifying', 'Restoring'];
const PHASES: Readonly<Record<string, Style>> = {
  Succeeded: 'good',
  RollingBack: 'bad',
  RolledBack: 'bad',
  Failed: 'bad',
  Blocked: 'bad',
};

function bar({ nodes, phase }: View, width: number, paint: Paint): string {
  const switched = nodes.filter((node) => node.phase === 'Switched').length;
  const moving = nodes.filter((node) => TRANSIT.includes(node.phase)).length;
  const label = `  ${switched} of ${nodes.length} switched  `;
  const room = width - label.length - phase.length;
  const upTo = (count: number): number => Math.round((room * count) / Math.max(1, nodes.length));
  const [done, busy] = [upTo(switched), upTo(switched + moving)];
  const cells =
    paint('good', '█'.repeat(done)) + paint('busy', '▒'.repeat(busy - done)) + paint('quiet', '░'.repeat(room - busy));
  return `${cells}${label}${paint(PHASES[phase] ?? 'busy', phase)}`;
}

function exactly(count: number, lines: readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => lines[index] ?? '');
}
