// Below the screen: what each numbered row means and how to get rid of it, ready to be copied.
import { counted } from '../../counted.ts';
import type { Assessment } from '../assessment.ts';
import { adviceOf, forWhich, sourceChanges, type Advice } from './advice.ts';
import { wrapped } from './grid.ts';
import type { Page } from './overview.ts';
import { isInTheWay, type Row, type Rows } from './rows.ts';
import { shortVerdict } from './words.ts';

const INDENT = 4;
/** Of one row, when what was observed differs from node to node. */
const MOST_WORDINGS = 3;

/** By default what stands in the way; with `--fixes` everything. */
export function details(assessment: Assessment, rows: Rows, page: Page): readonly string[] {
  const shown = page.full ? rows.told : rows.told.filter((row) => isInTheWay(row, assessment.targets));
  const lines = [
    ...shown.flatMap((row) => aboutRow(row, assessment, page)),
    ...atTheSource(assessment, shown, page),
    ...howToSee(assessment, page),
  ];
  const last = page.paint('strong', assessment.targets.map(shortVerdict).join(' · '));
  return [...lines, '', last];
}

function aboutRow(row: Row, assessment: Assessment, page: Page): readonly string[] {
  const modes = Object.keys(row.cells) as readonly (keyof Row['cells'])[];
  const advice = adviceOf(row, assessment.nodes?.groups ?? []);
  const kept = page.full ? advice : advice.slice(0, MOST_WORDINGS);
  const way = row.isRollback ? ', on the way back' : '';
  const title = `${String(row.number).padEnd(INDENT)}${row.rule}${way}`;
  return [
    '',
    page.paint('strong', title),
    ...kept.flatMap((one) => aboutOne(one, forWhich(one, modes), page)),
    ...(advice.length > kept.length ? [`${' '.repeat(INDENT)}… ${counted(advice.length - kept.length, 'more wording')}`] : []),
    page.paint('quiet', `${' '.repeat(INDENT)}Source: ${row.findings[0]?.source ?? ''}`),
  ];
}

function aboutOne({ message, fix, where }: Advice, whom: string, { width, paint }: Page): readonly string[] {
  const about = [whom, where === '' ? '' : `on ${where}`].filter(Boolean).join(', ');
  return [
    ...(about === '' ? [] : [paint('quiet', `${' '.repeat(INDENT)}${about}:`)]),
    ...wrapped(message, { width, indent: INDENT }),
    ...(fix === undefined ? [] : verbatim(fix)),
  ];
}

/** Never wrapped: it is there to be copied. */
function verbatim(text: string): readonly string[] {
  return text.split('\n').map((line) => `${' '.repeat(INDENT + 2)}${line}`.trimEnd());
}

function atTheSource({ targets, distribution }: Assessment, shown: readonly Row[], { paint }: Page): readonly string[] {
  const said = new Set(shown.flatMap(({ findings }) => findings.flatMap(({ messages }) => messages.map(({ fix }) => fix))));
  const changes = sourceChanges(targets.filter(({ upstream }) => upstream !== null && !said.has(upstream)));
  if (changes.length === 0 || distribution === null) return [];
  const modes = targets.map(({ mode }) => mode);
  return [
    '',
    paint('strong', `At the source (${distribution.name})`),
    ...changes.flatMap((change) => {
      const whom = forWhich(change, modes);
      return [...(whom === '' ? [] : [paint('quiet', `${' '.repeat(INDENT)}${whom}:`)]), ...verbatim(change.text)];
    }),
  ];
}

function howToSee({ notSeen }: Assessment, { width, paint }: Page): readonly string[] {
  const remedies = [...new Set(notSeen.map(({ remedy }) => remedy))];
  if (remedies.length === 0) return [];
  return [
    '',
    paint('strong', 'How to see what was not seen'),
    ...remedies.flatMap((remedy) => wrapped(remedy, { width, indent: INDENT })),
  ];
}
