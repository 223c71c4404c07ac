// The screen: verdicts, kinds of nodes, the table, and what was not seen. Fits a terminal however many nodes there are.
import type { ProxyMode } from '../../../api/fields.ts';
import { counted } from '../../counted.ts';
import type { Paint } from '../../../terminal/paint.ts';
import type { Assessment } from '../assessment.ts';
import { grid, wrapped } from './grid.ts';
import { heading, LABEL, nodeGroups, verdicts, type Page } from './heading.ts';
import type { Row, Rows, UnknownRow } from './rows.ts';
import { cellText, TARGET_SIGNS } from './words.ts';

/** Lines of a screen before the fixes begin. */
const SCREEN = 45;
const FEWEST_ROWS = 8;
const MOST_REASONS = 3;

const NUMBER = 4;
const RULE = 34;
/** In a narrow terminal the last column would be squeezed to nothing. */
const MODE = { wide: 13, narrow: 11 };
const WIDE = 96;

export function overview(assessment: Assessment, rows: Rows, page: Page): readonly string[] {
  const above = [heading(assessment, page), verdicts(assessment, page), nodeGroups(assessment, page)];
  const unknown = unknownLines(assessment, rows.unknown, page);
  const below = notSeen(assessment, page);
  // Blank lines between, the head of the table, and the line that says what was left out.
  const taken = [...above, unknown, below].reduce((sum, lines) => sum + lines.length + 1, 0) + 2;
  const shown = shownRows(rows, page.full ? Infinity : Math.max(FEWEST_ROWS, SCREEN - taken));
  const ruled = shown.length + unknown.length === 0 ? [] : ruleLines(assessment, shown, page);
  const table = [...ruled, ...leftOut(rows, shown, page), ...unknown];
  const parts = [...above, table, below].filter((lines) => lines.length > 0);
  return parts.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

/** What only informs is shown where everything is. */
function shownRows({ told }: Rows, room: number): readonly Row[] {
  return room === Infinity ? told : told.filter(({ worst }) => worst !== 'info').slice(0, room);
}

function columns({ targets }: Assessment, width: number): readonly number[] {
  const mode = width < WIDE ? MODE.narrow : MODE.wide;
  const where = width - NUMBER - RULE - mode * targets.length;
  return [NUMBER, RULE, ...targets.map(() => mode), where];
}

function ruleLines(assessment: Assessment, rows: readonly Row[], { width, paint }: Page): readonly string[] {
  const modes = assessment.targets.map(({ mode }) => mode);
  const head = [
    '#',
    'rule',
    ...assessment.targets.map(({ mode, verdict }) => `${TARGET_SIGNS[verdict]} ${mode}`),
    'where',
  ];
  return grid(
    [
      head.map((word) => paint('quiet', word)),
      ...rows.map(({ number, rule, isRollback, cells, where }) => [
        String(number),
        isRollback ? `${rule}, going back` : rule,
        ...modes.map((mode) => {
          const { text, style } = cellText(cells[mode]);
          return paint(style, text);
        }),
        where,
      ]),
    ],
    columns(assessment, width),
  );
}

function leftOut({ told, harmless }: Rows, shown: readonly Row[], { paint, full }: Page): readonly string[] {
  const hidden = told.filter((row) => !shown.includes(row));
  const warnings = hidden.filter(({ worst }) => worst !== 'info').length;
  const notes = hidden.length - warnings;
  const rules = new Set(harmless.flatMap((row) => row.rules)).size;
  const parts = [
    ...(warnings > 0 ? [counted(warnings, 'more warning')] : []),
    ...(notes > 0 ? [counted(notes, 'note')] : []),
    ...(rules > 0 && !full ? [`${counted(rules, 'rule')} that could only warn and cannot tell`] : []),
  ];
  return parts.length === 0 ? [] : [paint('quiet', `    … ${parts.join(', ')}: see --fixes or -o markdown`)];
}

function unknownLines(
  assessment: Assessment,
  rows: readonly UnknownRow[],
  { width, paint, full }: Page,
): readonly string[] {
  const shown = full ? rows : rows.slice(0, MOST_REASONS);
  const rest = rows.slice(shown.length);
  const modes = assessment.targets.map(({ mode }) => mode);
  return [
    ...grid(
      shown.map((row) => [
        '',
        row.because,
        ...modes.map((mode) => countText(row, mode, paint)),
        counted(row.rules.length, 'rule'),
      ]),
      columns(assessment, width),
    ),
    ...(rest.length === 0
      ? []
      : [paint('quiet', `    … ${counted(rest.length, 'more reason')} why rules cannot tell: --fixes`)]),
  ];
}

function countText({ counts }: UnknownRow, mode: ProxyMode, paint: Paint): string {
  const count = counts[mode];
  return count === undefined ? paint('quiet', '–') : paint('caution', `? ${count} unknown`);
}

function notSeen({ notSeen: all }: Assessment, { width, paint }: Page): readonly string[] {
  return all.flatMap(({ what, why }) => {
    const [first = '', ...others] = wrapped(`${what} (${why})`, { width, indent: LABEL });
    return [paint('quiet', 'Not seen'.padEnd(LABEL)) + first.slice(LABEL), ...others];
  });
}
