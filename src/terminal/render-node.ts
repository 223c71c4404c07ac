// One node as a mark, a colour and two or three words.
import { clean, cut, fit } from './fit.ts';
import type { NodeView } from './node-view.ts';
import type { Paint, Style } from './paint.ts';

type Look = { readonly mark: string; readonly style: Style; readonly words: string };

/** All marks, in the order of a node's way. */
const MARKS = [
  { mark: '·', style: 'quiet', words: 'waits' },
  { mark: '~', style: 'busy', words: 'in transit' },
  { mark: '✓', style: 'good', words: 'switched' },
  { mark: '✗', style: 'bad', words: 'did not switch' },
  { mark: '<', style: 'quiet', words: 'taken back' },
] as const satisfies readonly Look[];

export function legend(paint: Paint): string {
  return MARKS.map(({ mark, style, words }) => `${paint(style, mark)} ${paint('quiet', words)}`).join('   ');
}

/** Exactly `width` columns; names take the first `names` of them after the mark. */
export function renderNode(
  node: NodeView,
  { width, names }: { readonly width: number; readonly names: number },
  paint: Paint,
): string {
  const look = lookOf(node);
  const style = node.dark === true ? 'bad' : look.style;
  const words = node.dark === true ? 'no Services' : look.words;
  const name = fit(clean(node.name), Math.min(names, width - 4));
  const rest = Math.max(0, width - name.length - 3);
  return `${paint(look.style, look.mark)} ${name} ${paint(style, fit(cut(words, rest - 1), rest))}`;
}

/** Before its turn nobody may have written down yet what a node answered: that is not to be taken for silence. */
export function runs({ phase, mode }: NodeView): string {
  if (mode !== undefined) return clean(mode);
  return phase === undefined || phase === 'Pending' ? 'not read' : 'no answer';
}

export function lookOf(node: NodeView): Look {
  const { phase } = node;
  switch (phase) {
    case undefined:
    case 'Pending':
      return { mark: '·', style: 'quiet', words: runs(node) };
    case 'Switching':
      return { mark: '~', style: 'busy', words: 'switching' };
    case 'Verifying':
      return { mark: '~', style: 'busy', words: 'verifying' };
    case 'Restoring':
      return { mark: '~', style: 'busy', words: 'going back' };
    case 'Switched':
      return { mark: '✓', style: 'good', words: runs(node) };
    case 'FellBack':
    case 'Failed':
    case 'Stranded':
      return { mark: '✗', style: 'bad', words: runs(node) };
    case 'RolledBack':
      return { mark: '<', style: 'quiet', words: runs(node) };
    case 'Skipped':
      return { mark: '-', style: 'quiet', words: 'skipped' };
  }
}
