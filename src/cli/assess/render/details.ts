// Below the screen: what each numbered row means and how to get rid of it, ready to be copied.
import { counted } from '../../counted.ts';
import type { Assessment } from '../assessment.ts';
import { adviceOf, forNode, forWhich, sourceChanges, type Advice } from './advice.ts';
import { wrapped } from './grid.ts';
import type { Page } from './heading.ts';
import { isInTheWay, type Row, type Rows } from './rows.ts';
import { shortVerdict } from './words.ts';

const INDENT = 4;
/** Of one fix, when what was observed differs from node to node. */
const MOST_OBSERVED = 2;

/** By default what stands in the way; with `--fixes` everything. */
export function details(assessment: Assessment, rows: Rows, page: Page): readonly string[] {
  const shown = page.full ? rows.told : rows.told.filter((row) => isInTheWay(row, assessment.targets));
  const lines = [
    ...shown.flatMap((row) => aboutRow(row, assessment, page)),
    ...atTheSource(assessment, shown, page),
    ...(page.full ? whoCannotTell(rows, page) : []),
    ...howToSee(assessment, page),
  ];
  const last = page.paint('strong', assessment.targets.map(shortVerdict).join(' · '));
  return [...lines, '', last];
}

function aboutRow(row: Row, assessment: Assessment, page: Page): readonly string[] {
  // How to mend what a mode in force suffers from is asked for less often than how to get to another.
  const current = assessment.targets.filter(({ verdict }) => verdict === 'current').map(({ mode }) => mode);
  const told = row.findings.filter(({ target }) => page.full || !current.includes(target));
  const modes = [...new Set(told.map(({ target }) => target))];
  const advice = adviceOf(told, assessment.nodes?.groups ?? []);
  const way = row.isRollback ? ', on the way back' : '';
  const title = `${String(row.number).padEnd(INDENT)}${row.rule}${way}`;
  return [
    '',
    page.paint('strong', title),
    ...advice.flatMap((one) => aboutOne(one, forWhich(one, modes), page)),
    page.paint('quiet', `${BLANKS}Source: ${row.findings[0]?.source ?? ''}`),
  ];
}

const BLANKS = ' '.repeat(INDENT);

function aboutOne({ observed, fix, fixFor }: Advice, whom: string, { width, paint, full }: Page): readonly string[] {
  const shown = full ? observed : observed.slice(0, MOST_OBSERVED);
  const rest = new Set(observed.slice(shown.length).flatMap(({ nodes }) => nodes)).size;
  const lines = shown.flatMap(({ where, message }, index) => {
    const about = [index === 0 ? whom : '', where === '' ? '' : `on ${where}`].filter(Boolean).join(', ');
    return [
      ...(about === '' ? [] : [paint('quiet', `${BLANKS}${about}:`)]),
      ...wrapped(message, { width, indent: INDENT }),
    ];
  });
  return [
    ...lines,
    ...(rest === 0 ? [] : [paint('quiet', `${BLANKS}… and alike on ${counted(rest, 'more node')}`)]),
    ...(fixFor === undefined ? [] : [paint('quiet', `${BLANKS}${forNode(fixFor)}:`)]),
    ...(fix === undefined ? [] : verbatim(fix, width)),
  ];
}

/** Commands and snippets are there to be copied: only sentences are wrapped. */
function verbatim(text: string, width: number): readonly string[] {
  const indent = INDENT + 2;
  return text
    .split('\n')
    .flatMap((line) =>
      SENTENCE.test(line) ? wrapped(line, { width, indent }) : [`${' '.repeat(indent)}${line}`.trimEnd()],
    );
}

const SENTENCE = /^[A-Z][a-z]+ .*[.:]$/;

function atTheSource(
  { targets, distribution }: Assessment,
  shown: readonly Row[],
  { paint, width }: Page,
): readonly string[] {
  const said = new Set(
    shown.flatMap(({ findings }) => findings.flatMap(({ messages }) => messages.map(({ fix }) => fix))),
  );
  const changes = sourceChanges(targets.filter(({ upstream }) => upstream !== null && !said.has(upstream)));
  if (changes.length === 0 || distribution === null) return [];
  const modes = targets.map(({ mode }) => mode);
  return [
    '',
    paint('strong', `At the source (${distribution.name})`),
    ...changes.flatMap((change) => {
      const whom = forWhich(change, modes);
      return [...(whom === '' ? [] : [paint('quiet', `${BLANKS}${whom}:`)]), ...verbatim(change.text, width)];
    }),
  ];
}

function whoCannotTell({ unknown, harmless }: Rows, { paint, width }: Page): readonly string[] {
  const parts = [
    ['Could block, and cannot tell', unknown],
    ['Could only warn, and cannot tell', harmless],
  ] as const;
  return parts.flatMap(([title, rows]) =>
    rows.length === 0
      ? []
      : [
          '',
          paint('strong', title),
          ...rows.flatMap(({ because, rules }) =>
            wrapped(`${because}: ${rules.join(', ')}`, { width, indent: INDENT }),
          ),
        ],
  );
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
