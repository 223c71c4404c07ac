// The report for a ticket that takes Markdown.
import { humanDuration } from '../../rollout/duration.ts';
import { code, fenced, table, text } from '../markdown.ts';
import type { Spread } from './figures.ts';
import type { NodeReport, Report } from './report.ts';

export function renderMarkdown(report: Report): string {
  const { migration, figures, decisions, rules, diff, nodes } = report;
  const way = migration.from === null ? `to ${migration.target}` : `from ${migration.from} to ${migration.target}`;
  return [
    `# ${text(migration.name)}: ${text(way)}`,
    '',
    `**${migration.phase}** ${text(migration.message)}`,
    '',
    `Written ${report.writtenAt} of ${text(report.server)}. Times are UTC.`,
    '',
    '## Figures',
    '',
    ...(report.counts === null ? [] : [`- nodes: ${report.counts.total}, switched: ${report.counts.switched}`]),
    `- from the first change to the end: ${figures.took === null ? 'it goes on' : humanDuration(figures.took * 1000)}`,
    `- a node, until verified: ${spread(figures.perNode)}`,
    `- from the start of a new kube-proxy until its rules were written: ${spread(figures.withoutRules)}`,
    '',
    '## What was decided, and why',
    '',
    ...decisions.map(({ at, what, why }) => `1. ${at === null ? '' : `${at} `}**${text(what)}** ${text(why)}`),
    ...block('The change to the configuration', diff === '' ? [] : fenced(diff.trimEnd())),
    ...block(
      'What the preflight found',
      rules.flatMap(({ rule, verdict, blocking, message, fix }) => [
        `- ${code(rule)} ${verdict}${blocking ? ', in the way' : ''}: ${text(message)}`,
        ...(fix === undefined ? [] : fenced(fix).map((line) => `  ${line}`)),
      ]),
    ),
    ...block('The nodes', nodeTable(nodes)),
    ...block(
      'Evidence',
      nodes.filter(({ steps }) => steps.length > 0).flatMap((node) => evidence(node)),
    ),
    '',
  ].join('\n');
}

function spread(of: Spread | null): string {
  if (of === null) return 'not known';
  const inWords = (seconds: number): string => `${Math.round(seconds * 10) / 10} s`;
  return `${inWords(of.median)} in the middle, ${inWords(of.longest)} at most (${text(of.node)})`;
}

function nodeTable(nodes: readonly NodeReport[]): readonly string[] {
  if (nodes.length === 0) return [];
  return table(
    ['node', 'zone', 'phase', 'mode', 'what is said of it'],
    nodes.map(({ name, zone, phase, mode, message }) => [
      text(name),
      text(zone),
      phase,
      text(mode ?? ''),
      text(message),
    ]),
  );
}

function evidence({ name, evidence: sections }: NodeReport): readonly string[] {
  return [
    `### ${text(name)}`,
    '',
    ...sections.flatMap(({ heading, facts }) => [
      `**${heading}**`,
      '',
      ...facts.map(({ label, value }) => `- ${text(label)}${label === '' ? '' : ': '}${code(value)}`),
      '',
    ]),
  ];
}

function block(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `## ${heading}`, '', ...lines];
}
