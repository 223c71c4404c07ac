// Several migrations, one line each. Pure.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { clean, cut } from '../../terminal/fit.ts';
import type { Paint } from '../../terminal/paint.ts';
import { phaseStyle } from '../../terminal/progress-bar.ts';

const GAP = 3;

export function renderList(all: readonly ProxyModeMigration[], width: number, paint: Paint): readonly string[] {
  const rows = all.map(({ metadata, spec, status }) => [
    clean(metadata.name),
    spec.mode,
    status?.phase ?? 'Pending',
    status?.progress ?? '',
    clean(status?.message ?? ''),
  ]);
  const lines = [['NAME', 'TARGET', 'PHASE', 'SWITCHED', 'MESSAGE'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)) + GAP);
  return lines.map((line, index) => {
    const [name = '', target = '', phase = '', switched = '', message = ''] = line;
    const cells = [name.padEnd(widths[0] ?? 0), target.padEnd(widths[1] ?? 0)].join('');
    const state = phase.padEnd(widths[2] ?? 0);
    const rest = switched.padEnd(widths[3] ?? 0);
    const room = Math.max(0, width - cells.length - state.length - rest.length);
    return `${cells}${index === 0 ? state : paint(phaseStyle(phase), state)}${rest}${cut(message, room)}`.trimEnd();
  });
}
