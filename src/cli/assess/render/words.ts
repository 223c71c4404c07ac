// The words and signs an assessment is told in. A sign never stands without its word: not everybody sees colours or symbols.
import type { Verdict } from '../../../preflight/finding.ts';
import type { Style } from '../../../terminal/paint.ts';
import type {
  AssessedDistribution,
  AssessedKubeProxy,
  AssessedTarget,
  NodeGroup,
  TargetVerdict,
} from '../assessment.ts';
import type { Cell } from './rows.ts';

const SIGNS = { block: '✗', warn: '!', unknown: '?', info: 'i' } as const satisfies Record<Verdict, string>;

const STYLES = { block: 'bad', warn: 'caution', unknown: 'caution', info: 'quiet' } as const satisfies Record<
  Verdict,
  Style
>;

export function cellText(cell: Cell | undefined): { readonly text: string; readonly style: Style } {
  if (cell === undefined) return { text: '–', style: 'quiet' };
  if (cell.accepted) return { text: '~ accepted', style: 'quiet' };
  return { text: `${SIGNS[cell.verdict]} ${cell.verdict}`, style: STYLES[cell.verdict] };
}

export const TARGET_SIGNS = {
  ready: '✓',
  current: '·',
  blocked: '✗',
  unknown: '?',
} as const satisfies Record<TargetVerdict, string>;

export const TARGET_STYLES = {
  ready: 'good',
  current: 'quiet',
  blocked: 'bad',
  unknown: 'caution',
} as const satisfies Record<TargetVerdict, Style>;

/** One line for scripts' logs and the end of a screen: "iptables: blocked · ipvs: in force · nftables: cannot tell". */
export function shortVerdict({ mode, verdict, blockedBy, warnings }: AssessedTarget): string {
  switch (verdict) {
    case 'current':
      return `${mode}: in force`;
    case 'blocked':
      return `${mode}: blocked by ${blockedBy.length}`;
    case 'unknown':
      return `${mode}: cannot tell`;
    case 'ready':
      return warnings === 0 ? `${mode}: ready` : `${mode}: ready, ${warnings} to heed`;
  }
}

export function whoMayWrite({ right, reverted }: AssessedDistribution, { place }: AssessedKubeProxy): string {
  switch (place === 'Absent' ? 'NONE' : right) {
    case 'EDIT':
      return 'An edit in the cluster works and holds.';
    case 'EDIT-THEN-UPSTREAM':
      return 'An edit in the cluster holds until the next upgrade: change the source, too.';
    case 'API':
      return `An edit in the cluster is taken back ${reverted ? 'within minutes' : 'by the next update'}: change it at the source only.`;
    case 'NODE':
      return 'Only files on the nodes change the mode.';
    case 'NONE':
      return 'There is no kube-proxy whose mode could be changed.';
  }
}

export function whereKubeProxyIs({ place, daemonSet, configMap }: AssessedKubeProxy): string {
  switch (place) {
    case 'DaemonSet':
      return `DaemonSet ${daemonSet}, configured by ConfigMap ${configMap}`;
    case 'StaticPods':
      return 'static pods of the nodes';
    case 'OnNodes':
      return 'no pod, but it answers on nodes';
    case 'Absent':
      return 'there is none';
    case 'Unresolved':
      return 'found, but its configuration was not';
    case 'Unknown':
      return 'not found; whether it runs outside of pods was not seen';
  }
}

/** Ubuntu 22.04, kernel 5.15, kube-proxy v1.31.4, ipvs. */
export function groupTraits({ os, osImage, kernel, kubeProxyVersion, mode }: NodeGroup): string {
  const own = os === 'windows' ? ['left alone'] : [kubeProxyVersion && `kube-proxy ${kubeProxyVersion}`, mode];
  return [osImage, kernel && `kernel ${kernel}`, ...own].filter(Boolean).join(', ');
}
