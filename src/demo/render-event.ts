// One Event as a line: when, about whom, what.
import { clean, cut } from '../terminal/fit.ts';
import type { Paint } from '../terminal/paint.ts';
import { minutes, type EventView } from './view.ts';

const ABOUT = 11;
const REASON = 13;

/** At most `width` columns; Infinity for a pipe, where nothing is cut. */
export function renderEvent({ at, about, bad, reason, note }: EventView, width: number, paint: Paint): string {
  const lead = `${minutes(at)}  ${clean(about).padEnd(ABOUT)} `;
  const middle = `${clean(reason).padEnd(REASON)} `;
  const said = clean(note);
  const text = said.startsWith(`${about}: `) ? said.slice(about.length + 2) : said;
  return `${paint('quiet', lead)}${bad ? paint('bad', middle) : middle}${cut(text, width - lead.length - middle.length)}`;
}
