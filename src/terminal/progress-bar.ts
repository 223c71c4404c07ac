// How far all nodes are, as one line.
import { IN_TRANSIT } from './node-grid.ts';
import type { NodeView } from './node-view.ts';
import type { Paint, Style } from './paint.ts';

const PHASES: Readonly<Record<string, Style>> = {
  Succeeded: 'good',
  RollingBack: 'bad',
  RolledBack: 'bad',
  Failed: 'bad',
  Blocked: 'bad',
};

/** Good, bad or under way: the migration's phase as a colour. */
export function phaseStyle(phase: string): Style {
  return PHASES[phase] ?? 'busy';
}

/** Exactly `width` columns, where that is enough for the words. */
export function progressBar(nodes: readonly NodeView[], phase: string, width: number, paint: Paint): string {
  const switched = nodes.filter((node) => node.phase === 'Switched').length;
  const moving = nodes.filter((node) => node.phase !== undefined && IN_TRANSIT.has(node.phase)).length;
  const label = `  ${switched} of ${nodes.length} switched  `;
  const room = Math.max(0, width - label.length - phase.length);
  const upTo = (count: number): number => Math.round((room * count) / Math.max(1, nodes.length));
  const [done, busy] = [upTo(switched), upTo(switched + moving)];
  const cells =
    paint('good', '█'.repeat(done)) + paint('busy', '▒'.repeat(busy - done)) + paint('quiet', '░'.repeat(room - busy));
  return `${cells}${label}${paint(phaseStyle(phase), phase)}`;
}
