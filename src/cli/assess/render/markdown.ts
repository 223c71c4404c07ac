// The whole assessment for a ticket: nothing is left out to save space.
import { code, fenced, table, text } from '../../markdown.ts';
import type { Assessment } from '../assessment.ts';
import { adviceOf, forNode, forWhich, sourceChanges } from './advice.ts';
import type { Row, Rows, UnknownRow } from './rows.ts';
import { cellText, groupTraits, TARGET_SIGNS, whereKubeProxyIs, whoMayWrite } from './words.ts';

export function markdown(assessment: Assessment, rows: Rows): readonly string[] {
  return [
    ...heading(assessment),
    ...section('Verdict', verdicts(assessment)),
    ...section('Nodes', nodes(assessment)),
    ...section('Findings', findings(assessment, rows.told)),
    ...section('Rules that could block and cannot tell', unknown(assessment, rows.unknown)),
    ...section('Rules that could only warn and cannot tell', unknown(assessment, rows.harmless)),
    ...section(
      'What to do',
      rows.told.flatMap((row) => aboutRow(row, assessment)),
    ),
    ...section('At the source', atTheSource(assessment)),
    ...section('Not seen', notSeen(assessment)),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line !== '');
  return last === -1 ? [] : ['', `## ${title}`, '', ...lines.slice(0, last + 1)];
}

function heading({ cluster, distribution, kubeProxy, assessedAt }: Assessment): readonly string[] {
  const version = cluster.version === null ? '' : `, Kubernetes ${cluster.version}`;
  const mode = kubeProxy.mode ?? 'not seen';
  return [
    '# kube-proxy mode: can it be switched?',
    '',
    `- Cluster: ${code(cluster.server)} (context ${code(cluster.context)})${version}, looked at ${assessedAt}`,
    `- kube-proxy: ${text(whereKubeProxyIs(kubeProxy))}; version ${kubeProxy.version ?? 'not seen'}; mode ${mode}${kubeProxy.writtenMode === '' ? ' (unset)' : ''}`,
    distribution === null
      ? '- Installed by: not seen'
      : `- Installed by: ${distribution.name} (${text(distribution.evidence)}). ${whoMayWrite(distribution, kubeProxy)}`,
  ];
}

function verdicts({ targets }: Assessment): readonly string[] {
  return table(
    ['mode', 'verdict', 'blocked by', 'cannot tell'],
    targets.map(({ mode, verdict, summary, blockedBy, undecided }) => [
      `**${mode}**`,
      `${TARGET_SIGNS[verdict]} ${text(summary)}`,
      blockedBy.map(code).join(' '),
      verdict === 'current' || undecided.length === 0 ? '' : String(undecided.length),
    ]),
  );
}

function nodes({ nodes: seen }: Assessment): readonly string[] {
  if (seen === null) return ['Not seen.'];
  return [
    ...table(
      ['', 'nodes', 'pool', 'what they are'],
      seen.groups.map((group) => [group.id, String(group.nodes.length), text(group.name), text(groupTraits(group))]),
    ),
    '',
    `${seen.answered} of ${seen.total} kube-proxies said what they run.`,
  ];
}

function findings({ targets }: Assessment, rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  return table(
    ['#', 'rule', ...targets.map(({ mode, verdict }) => (verdict === 'current' ? `${mode} (now)` : mode)), 'where'],
    rows.map(({ number, rule, isRollback, cells, where }) => [
      String(number),
      isRollback ? `${code(rule)}, going back` : code(rule),
      ...targets.map(({ mode }) => cellText(cells[mode]).text),
      where,
    ]),
  );
}

function unknown({ targets }: Assessment, rows: readonly UnknownRow[]): readonly string[] {
  if (rows.length === 0) return [];
  return table(
    ['because', ...targets.map(({ mode }) => mode), 'rules'],
    rows.map(({ because, counts, rules }) => [
      text(because),
      ...targets.map(({ mode }) => String(counts[mode] ?? '–')),
      rules.map(code).join(' '),
    ]),
  );
}

function aboutRow(row: Row, { targets, nodes: seen }: Assessment): readonly string[] {
  const modes = targets.map(({ mode }) => mode).filter((mode) => row.cells[mode] !== undefined);
  const way = row.isRollback ? ', on the way back' : '';
  return [
    `### ${row.number}. ${row.rule}${way}`,
    '',
    ...adviceOf(row.findings, seen?.groups ?? []).flatMap((advice) => {
      const whom = forWhich(advice, modes);
      return [
        ...(whom === '' ? [] : [`*${text(whom)}:*`, '']),
        ...advice.observed.map(
          ({ where, message }) => `${where === '' ? '' : `- *on ${text(where)}:* `}${text(message)}`,
        ),
        '',
        ...(advice.fixFor === undefined ? [] : [`*${text(forNode(advice.fixFor))}:*`, '']),
        ...(advice.fix === undefined ? [] : [...fenced(advice.fix), '']),
      ];
    }),
    `Source: ${text(row.findings[0]?.source ?? '')}`,
    '',
  ];
}

function atTheSource({ targets }: Assessment): readonly string[] {
  const modes = targets.map(({ mode }) => mode);
  return sourceChanges(targets).flatMap((change) => {
    const whom = forWhich(change, modes);
    return [...(whom === '' ? [] : [`*${whom}:*`, '']), ...fenced(change.text), ''];
  });
}

function notSeen({ notSeen: all }: Assessment): readonly string[] {
  return all.map(({ what, why, remedy }) => `- **${text(what)}** (${text(why)}). ${text(remedy)}`);
}
