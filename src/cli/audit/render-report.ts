// An audit for a person: one line in sum, then each finding with its place, what is wrong, and what to do.
import type { Paint, Style } from '../../terminal/paint.ts';
import { wrapped } from '../assess/render/grid.ts';
import { counted } from '../counted.ts';
import type { AuditReport, ReportedFinding } from './report.ts';

export type Page = { readonly columns: number; readonly paint: Paint };

const SIGNS = { error: '✗', warning: '!', note: 'i' } as const;
const STYLES = { error: 'bad', warning: 'caution', note: 'quiet' } as const satisfies Record<
  ReportedFinding['severity'],
  Style
>;

export function renderReport(report: AuditReport, page: Page): readonly string[] {
  const { node, mode, checked } = report;
  const ports = `${counted(checked.servicePorts, 'port')} of ${counted(checked.services, 'Service')}`;
  return [
    `${page.paint('strong', node)}, mode ${mode}: ${ports}, ${counted(checked.endpoints, 'endpoint')}`,
    verdict(report, page),
    ...withFix(report.findings).flatMap(({ finding, fix }) => ['', ...renderFinding(finding, fix, page)]),
  ];
}

function verdict({ summary: { errors, warnings, notes } }: AuditReport, { paint }: Page): string {
  const found = [counted(errors, 'error'), counted(warnings, 'warning'), counted(notes, 'note')].filter(
    (one) => !one.startsWith('0 '),
  );
  if (errors > 0) return paint('bad', `✗ ${found.join(', ')}`);
  if (warnings > 0) return paint('caution', `! ${found.join(', ')}`);
  return paint('good', `✓ the rules do what Services demand${notes > 0 ? `; ${found.join(', ')}` : ''}`);
}

/** The same advice is given once, under the last finding it is for. */
function withFix(findings: readonly ReportedFinding[]): { finding: ReportedFinding; fix: string | undefined }[] {
  return findings.map((finding, at) => ({
    finding,
    fix: findings.slice(at + 1).some(({ fix }) => fix === finding.fix) ? undefined : finding.fix,
  }));
}

function renderFinding(finding: ReportedFinding, fix: string | undefined, { columns, paint }: Page): readonly string[] {
  const { severity, kind, id, service, family, where, what } = finding;
  const about = [service, family === 'IPv6' ? 'IPv6' : null].filter((part) => part !== null).join(' ');
  const title = `${paint(STYLES[severity], `${SIGNS[severity]} ${kind}`)}  ${about === '' ? where : `${paint('strong', about)}  ${where}`}  ${paint('quiet', id)}`;
  const advice = fix === undefined ? [] : wrapped(`→ ${fix}`, { width: columns, indent: 2 });
  return [title, ...wrapped(what, { width: columns, indent: 2 }), ...advice];
}
