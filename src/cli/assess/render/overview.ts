// The screen: verdicts, kinds of nodes, the table, and what was not seen. Fits a terminal however many nodes there are.
import type { ProxyMode } from '../../../api/fields.ts';
import { counted } from '../../counted.ts';
import type { Paint } from '../../paint.ts';
import type { Assessment, NodeGroup } from '../assessment.ts';
import { grid, wrapped, type GridCell } from './grid.ts';
import type { Row, Rows, UnknownRow } from './rows.ts';
import {
  cellText,
  groupTraits,
  TARGET_SIGNS,
  TARGET_STYLES,
  whereKubeProxyIs,
  whoMayWrite,
} from './words.ts';

export type Page = {
  readonly width: number;
  readonly paint: Paint;
  /** Everything: no row is left out to keep the screen short. */
  readonly full: boolean;
};

/** Lines of a screen before the fixes begin. */
const SCREEN = 45;
const FEWEST_ROWS = 8;
const MOST_GROUPS = 7;
const MOST_REASONS = 3;

const NUMBER = 4;
const RULE = 35;
const MODE = 12;

export function overview(assessment: Assessment, rows: Rows, page: Page): readonly string[] {
  const above = [...heading(assessment, page), '', ...verdicts(assessment, page), '', ...nodeGroups(assessment, page), ''];
  const below = [...unknownLines(assessment, rows.unknown, page), '', ...notSeen(assessment, page)];
  // The head of the table, and the line that says what was left out.
  const room = Math.max(FEWEST_ROWS, SCREEN - above.length - below.length - 3);
  const shown = shownRows(rows, page.full ? Infinity : room);
  return [
    ...above,
    ...ruleLines(assessment, shown, page),
    ...leftOut(rows, shown, page),
    ...below,
  ];
}

/** What only informs is shown where everything is. */
export function shownRows({ told }: Rows, room: number): readonly Row[] {
  return room === Infinity ? told : told.filter(({ worst }) => worst !== 'info').slice(0, room);
}

function heading({ cluster, distribution, kubeProxy, nodes }: Assessment, { width, paint }: Page): readonly string[] {
  const version = cluster.version === null ? '' : `, Kubernetes ${cluster.version}`;
  const mode = kubeProxy.mode === null ? '' : `, mode ${modeInWords(kubeProxy.mode, kubeProxy.writtenMode)}`;
  const own = kubeProxy.version === null ? '' : `, ${kubeProxy.version}`;
  const heard = nodes === null ? '' : ` ${nodes.answered} of ${counted(nodes.total, 'node')} answered.`;
  const facts: readonly (readonly [string, string])[] = [
    ['Cluster', `${cluster.server} (${cluster.context})${version}`],
    ['kube-proxy', `${whereKubeProxyIs(kubeProxy)}${own}${mode}.${heard}`],
    [
      'Installed by',
      distribution === null
        ? 'not seen'
        : `${distribution.name}: ${distribution.evidence}. ${whoMayWrite(distribution, kubeProxy)}`,
    ],
  ];
  return facts.flatMap(([name, value]) => {
    const [first = '', ...others] = wrapped(value, { width, indent: LABEL });
    return [paint('quiet', name.padEnd(LABEL)) + first.slice(LABEL), ...others];
  });
}

const LABEL = 14;

function modeInWords(mode: string, written: string | null): string {
  return written === '' ? `${mode} (unset)` : mode;
}

function verdicts({ targets }: Assessment, { width, paint }: Page): readonly string[] {
  return grid(
    targets.map(({ mode, verdict, summary }) => [
      paint(TARGET_STYLES[verdict], TARGET_SIGNS[verdict]),
      paint('strong', mode),
      paint(TARGET_STYLES[verdict], summary),
    ]),
    [2, MODE, width - 2 - MODE],
  );
}

function nodeGroups({ nodes }: Assessment, { width, paint, full }: Page): readonly string[] {
  if (nodes === null) return [paint('caution', 'Nodes: not seen')];
  const shown = full ? nodes.groups : nodes.groups.slice(0, MOST_GROUPS);
  const rest = nodes.groups.slice(shown.length);
  const count = Math.max(...shown.map((group) => String(group.nodes.length).length), 1) + 1;
  const name = Math.min(28, Math.max(...shown.map((group) => group.name.length), 7) + 2);
  const lines = grid(
    shown.map((group) => groupRow(group)),
    [5, name, count, width - 5 - name - count],
  );
  const more = rest.reduce((sum, group) => sum + group.nodes.length, 0);
  return [
    ...lines,
    ...(rest.length === 0 ? [] : [paint('quiet', `  … ${counted(rest.length, 'more group')} with ${counted(more, 'node')}`)]),
  ];
}

function groupRow(group: NodeGroup): readonly GridCell[] {
  return [`  ${group.id}`, group.name, String(group.nodes.length), groupTraits(group)];
}

function columns({ targets }: Assessment, width: number): readonly number[] {
  const modes = targets.map(() => MODE);
  const where = width - NUMBER - RULE - MODE * modes.length;
  return [NUMBER, RULE, ...modes, where];
}

function ruleLines(assessment: Assessment, rows: readonly Row[], { width, paint }: Page): readonly string[] {
  const modes = assessment.targets.map(({ mode }) => mode);
  const head = ['#', 'rule', ...assessment.targets.map(({ mode, verdict }) => `${TARGET_SIGNS[verdict]} ${mode}`), 'where'];
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

function unknownLines(assessment: Assessment, rows: readonly UnknownRow[], { width, paint, full }: Page): readonly string[] {
  const shown = full ? rows : rows.slice(0, MOST_REASONS);
  const rest = rows.slice(shown.length);
  const modes = assessment.targets.map(({ mode }) => mode);
  return [
    ...grid(
      shown.map((row) => [
        '',
        row.because,
        ...modes.map((mode) => countText(row, mode, paint)),
        full ? row.rules.join(' ') : counted(row.rules.length, 'rule'),
      ]),
      columns(assessment, width),
    ),
    ...(rest.length === 0 ? [] : [paint('quiet', `    … ${counted(rest.length, 'more reason')} why rules cannot tell: --fixes`)]),
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
