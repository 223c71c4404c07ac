// The upper part of the screen: which cluster, the verdicts, and what kinds of nodes there are.
import { counted } from '../../counted.ts';
import type { Paint } from '../../../terminal/paint.ts';
import type { Assessment, NodeGroup } from '../assessment.ts';
import { grid, wrapped, type GridCell } from './grid.ts';
import { groupTraits, TARGET_SIGNS, TARGET_STYLES, whereKubeProxyIs, whoMayWrite } from './words.ts';

export type Page = {
  readonly width: number;
  readonly paint: Paint;
  /** Everything: no row is left out to keep the screen short. */
  readonly full: boolean;
};

const MOST_GROUPS = 7;
/** Of a mode's name. */
const MODE = 12;

export function heading(
  { cluster, distribution, kubeProxy, nodes }: Assessment,
  { width, paint }: Page,
): readonly string[] {
  const version = cluster.version === null ? '' : `, Kubernetes ${cluster.version}`;
  const mode = kubeProxy.mode === null ? '' : `, mode ${modeInWords(kubeProxy.mode, kubeProxy.writtenMode)}`;
  const own = kubeProxy.version === null ? '' : `, ${kubeProxy.version}`;
  const facts: readonly (readonly [string, string])[] = [
    ['Cluster', `${cluster.server} (${cluster.context})${version}`],
    ['kube-proxy', `${whereKubeProxyIs(kubeProxy)}${own}${mode}.${heardOf(nodes)}`],
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

/** Columns before the text of a labelled line. */
export const LABEL = 14;

function heardOf(nodes: Assessment['nodes']): string {
  if (nodes === null) return '';
  const linux = nodes.groups.filter(({ os }) => os === 'linux').reduce((sum, group) => sum + group.nodes.length, 0);
  return ` ${nodes.answered} of ${counted(linux, linux === nodes.total ? 'node' : 'Linux node')} answered.`;
}

function modeInWords(mode: string, written: string | null): string {
  return written === '' ? `${mode} (unset)` : mode;
}

export function verdicts({ targets }: Assessment, { width, paint }: Page): readonly string[] {
  return grid(
    targets.map(({ mode, verdict, summary }) => [
      paint(TARGET_STYLES[verdict], TARGET_SIGNS[verdict]),
      paint('strong', mode),
      paint(TARGET_STYLES[verdict], summary),
    ]),
    [2, MODE, width - 2 - MODE],
  );
}

export function nodeGroups({ nodes }: Assessment, { width, paint, full }: Page): readonly string[] {
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
    ...(rest.length === 0
      ? []
      : [paint('quiet', `  … ${counted(rest.length, 'more group')} with ${counted(more, 'node')}`)]),
  ];
}

function groupRow(group: NodeGroup): readonly GridCell[] {
  return [`  ${group.id}`, group.name, String(group.nodes.length), groupTraits(group)];
}
