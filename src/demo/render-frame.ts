// The live picture: one frame of lines, none wider than the terminal, always equally many, so that the next frame covers it.
import { clean, cut, fit, wrap } from '../terminal/fit.ts';
import { namedGrid } from '../terminal/node-grid.ts';
import type { Paint } from '../terminal/paint.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { legend } from '../terminal/render-node.ts';
import { renderEvent } from './render-event.ts';
import { minutes, type View } from './view.ts';

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
    ...namedGrid(view.nodes, width, paint),
    legend(paint),
    '',
    progressBar(view.nodes, view.phase, width, paint),
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

function exactly(count: number, lines: readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => lines[index] ?? '');
}
