// The audits of several nodes for a person: those with findings one after the other, those without in one line.
import { listed } from '../../dataplane/compare/finding.ts';
import { counted } from '../counted.ts';
import type { NodesReport } from './report.ts';
import { renderReport, type Page } from './render-report.ts';

const NAMED = 8;

export function renderReports({ nodes, notRead }: NodesReport, page: Page): readonly string[] {
  const [only] = nodes;
  if (nodes.length === 1 && notRead.length === 0 && only !== undefined) return renderReport(only, page);
  const troubled = nodes.filter(({ findings }) => findings.length > 0);
  const well = nodes.filter(({ findings }) => findings.length === 0);
  const blocks = [
    ...troubled.map((node) => renderReport(node, page)),
    ...[...Map.groupBy(well, ({ mode }) => mode)].map(([mode, same]) => {
      const names = listed(
        same.map(({ node }) => node),
        NAMED,
      );
      return [page.paint('good', `✓ ${names}, mode ${mode}: the rules do what Services demand`)];
    }),
    ...notRead.map(({ node, why }) => [page.paint('caution', `? ${node} was not read: ${why}`)]),
  ];
  const total = `${counted(nodes.length, 'node')} read, ${troubled.length} with findings`;
  return [...blocks.flatMap((block) => [...block, '']), total];
}
