// A migration of three nodes for tests of its report: two switched, one failed and was given back.
import type { Evidence } from '../../api/node-migration.ts';
import { reportOf, type Report, type ReportInput } from '../report/report.ts';
import { NOW, ago, migration, record } from './migration.ts';

function evidence(node: string, started: number, mode: string): Evidence {
  return {
    podName: `kube-proxy-${node}`,
    podUID: `uid-${node}`,
    restarts: 0,
    mode,
    readings: 3,
    readAt: ago(started - 5),
    processStartedAt: ago(started),
    firstSyncs: [{ family: 'IPv4', at: ago(started - 2) }],
    syncFailures: 0,
  };
}

const before = { podName: 'kube-proxy-old', podUID: 'uid-old', restarts: 1, mode: 'iptables', version: 'v1.36.3' };

export function reportInput(parts: Partial<ReportInput> = {}): ReportInput {
  return {
    migration: migration({
      status: {
        phase: 'RolledBack',
        message: 'node n3 did not switch',
        finishedAt: ago(20),
        turnedBack: { at: ago(60), because: 'node n3: kube-proxy ended' },
        preflight: {
          checkedAt: ago(130),
          blocking: 0,
          rules: [
            {
              rule: 'dark-window',
              verdict: 'warn',
              blocking: false,
              message: 'seconds without Services',
              nodes: 3,
              fix: 'drain it',
            },
            {
              rule: 'kernel-min-nft',
              verdict: 'block',
              blocking: false,
              message: 'old',
              nodes: 1,
              accepted: 'spec.preflight.accept',
            },
          ],
        },
        plan: { diff: '-mode: iptables\n+mode: nftables\n', order: ['n1', 'n2', 'n3', 'n4'] },
        kubeProxy: { namespace: 'kube-system', daemonSet: 'kube-proxy', configMap: 'kube-proxy', key: 'config.conf' },
      },
      is: ['Stalled', 'RolledBack'],
    }),
    records: [
      record('n10', 'Switched', {
        before,
        startedAt: ago(110),
        finishedAt: ago(100),
        evidence: evidence('n10', 108, 'nftables'),
      }),
      record('n2', 'Switched', {
        before,
        startedAt: ago(90),
        finishedAt: ago(70),
        evidence: evidence('n2', 88, 'nftables'),
      }),
      record('n3', 'Failed', {
        before,
        reason: 'CrashLooping',
        message: 'kube-proxy ended with exit code 1',
        startedAt: ago(60),
        finishedAt: ago(50),
        evidence: { podName: 'kube-proxy-bad', podUID: 'uid-bad', restarts: 2, readings: 0, lastWords: 'no nft' },
        restored: evidence('n3', 58, 'iptables'),
      }),
      record('n4', 'Pending', { before }),
    ],
    zones: new Map([['n3', 'zone-c']]),
    server: 'https://api.example:6443',
    now: NOW,
    ...parts,
  };
}

export function report(parts: Partial<ReportInput> = {}): Report {
  return reportOf(reportInput(parts));
}
