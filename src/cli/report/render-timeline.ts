// The chart as inline SVG. Each bar says in words what it shows; the same times stand in the nodes' evidence.
import { html } from 'hono/html';
import type { Bar, Row, Timeline } from './timeline.ts';

type Html = ReturnType<typeof html>;

export function renderTimeline(timeline: Timeline): Html {
  const { width, height, rows, ticks, turned } = timeline;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Which node was on its way when">
    ${ticks.map(({ x, label }) => html`<line class="tick" x1="${x}" x2="${x}" y1="16" y2="${height}" /><text x="${x + 3}" y="12">${label}</text>`)}
    ${rows.map((row) => rowOf(row, timeline))}
    ${turned === undefined ? '' : html`<line class="turned" x1="${turned}" x2="${turned}" y1="0" y2="${height}"><title>The migration turned round</title></line>`}
  </svg>`;
}

function rowOf({ name, y, bars }: Row, { names, rowHeight }: Timeline): Html {
  const label = names === 0 ? '' : html`<text x="4" y="${y + rowHeight - 4}">${short(name)}</text>`;
  return html`${label}${bars.map((bar) => barOf(bar, y, rowHeight))}`;
}

function barOf({ x, width, direction, title }: Bar, y: number, rowHeight: number): Html {
  const gap = rowHeight > 4 ? 2 : 0;
  return html`<rect class="${direction}" x="${x}" y="${y + gap}" width="${width}" height="${rowHeight - gap}"
    ><title>${title}</title></rect
  >`;
}

const LONGEST = 26;

/** What is cut off stands in the bar's title. */
function short(name: string): string {
  return name.length > LONGEST ? `…${name.slice(-LONGEST + 1)}` : name;
}
