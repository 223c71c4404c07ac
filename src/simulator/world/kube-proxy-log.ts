// The log of one kube-proxy run, as `kubectl logs` shows it, rendered when somebody asks. What happened is kept as a
// few stages with their times; the lines are klog's, with the files and texts recorded from 1.36.3 at verbosity 0.
import type { StartPlan } from './start-plan.ts';
import type { Family, Mode } from './modes.ts';
import { FAMILIES } from './modes.ts';
import type { KubeProxyTraits } from './kube-proxy-traits.ts';

/** Something that happened in a run, at a time in milliseconds since the epoch. */
export type Stage = { readonly at: number } & (
  | { readonly kind: 'started' | 'rejected' | 'cleaned' | 'fatal' | 'listening' }
  | { readonly kind: 'synced' | 'syncFailed'; readonly family: Family }
);

export type Run = {
  readonly plan: StartPlan;
  readonly traits: KubeProxyTraits;
  readonly version: string;
  readonly nodeIP: string;
  readonly stages: readonly Stage[];
};

type Line = readonly [severity: 'I' | 'W' | 'E', source: string, text: string];

/** All lines of the run so far. */
export function logLines(run: Run): readonly string[] {
  return run.stages.flatMap((stage) => linesOf(run, stage).map((line) => klog(stage.at, line)));
}

function linesOf(run: Run, stage: Stage): readonly Line[] {
  if (run.plan.kind === 'rejected')
    return stage.kind === 'rejected' ? [['E', 'run.go:72', failed(run.plan.message)]] : [];
  switch (stage.kind) {
    case 'started':
    case 'rejected':
    case 'cleaned':
      return [];
    case 'fatal':
      return [...preamble(run, run.plan), ...lastWords(run.plan)];
    case 'listening':
      return [...preamble(run, run.plan), ...proxierLines(run.plan.effective), ...serverLines(run)];
    case 'synced':
      return [];
    case 'syncFailed':
      return [syncFailure(run.plan.effective, stage.family)];
  }
}

type Proceeding = Extract<StartPlan, { kind: 'proceeds' }>;

/** Up to the choice of the proxier: what every start prints before its support checks can fail. */
function preamble(run: Run, plan: Proceeding): readonly Line[] {
  const chosen: Line = ['I', chosenAt(plan.effective), `"Using ${plan.effective} Proxier"`];
  const deprecated = plan.effective === 'ipvs' && run.traits.ipvsDeprecated;
  return [
    ['I', 'server.go:228', `"Successfully retrieved NodeIPs" NodeIPs=["${run.nodeIP}"]`],
    ...plan.warnings.map((text): Line => ['E', 'server_others.go:296', text]),
    ['I', 'server.go:274', '"kube-proxy running in dual-stack mode" primary ipFamily="IPv4"'],
    ...(checkedFirst(plan) ? [] : [chosen]),
    ...(deprecated && plan.end.kind !== 'exits' ? [IPVS_DEPRECATED] : []),
  ];
}

/** iptables and ipvs are checked before they are announced, nftables after (recorded in both failure samples). */
function checkedFirst(plan: Proceeding): boolean {
  return plan.end.kind === 'exits' && plan.effective !== 'nftables';
}

const IPVS_DEPRECATED: Line = [
  'E',
  'server_linux.go:196',
  `"The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead."`,
];

function lastWords(plan: Proceeding): readonly Line[] {
  if (plan.end.kind !== 'exits') return [];
  return [
    ['E', 'server.go:136', `"Error running ProxyServer" err=${quoted(plan.end.message)}`],
    ['E', 'run.go:72', failed(plan.end.message)],
  ];
}

function chosenAt(mode: Mode): string {
  const lines: Record<Mode, number> = { iptables: 137, ipvs: 194, nftables: 254, userspace: 300 };
  return `server_linux.go:${lines[mode]}`;
}

function proxierLines(mode: Mode): readonly Line[] {
  return FAMILIES.flatMap((family): readonly Line[] => {
    const at = `ipFamily="${family}"`;
    switch (mode) {
      case 'iptables':
        return [
          [
            'I',
            'proxier.go:308',
            `"Iptables sync params" ${at} minSyncPeriod="1s" syncPeriod="30s" maxSyncPeriod="1h0m0s"`,
          ],
        ];
      case 'ipvs':
        return [
          ['I', 'proxier.go:402', `"ipvs sync params" ${at} minSyncPeriod="0s" syncPeriod="30s" maxSyncPeriod="30s"`],
        ];
      case 'nftables':
        return [
          [
            'I',
            'proxier.go:274',
            `"NFTables sync params" ${at} minSyncPeriod="1s" syncPeriod="30s" maxSyncPeriod="1h0m0s"`,
          ],
        ];
      case 'userspace':
        return [];
    }
  });
}

const CONTROLLERS: readonly (readonly [string, string])[] = [
  ['config.go:200', 'service config'],
  ['config.go:106', 'endpoint slice config'],
  ['config.go:309', 'node config'],
];

function serverLines(run: Run): readonly Line[] {
  return [
    ['I', 'server.go:539', `"Version info" version="${run.version}"`],
    ['I', 'server.go:541', '"Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""'],
    ...CONTROLLERS.map(([source, name]): Line => ['I', source, `"Starting ${name} controller"`]),
    ...CONTROLLERS.map(([, name]): Line => [
      'I',
      'shared_informer.go:381',
      `"Waiting for caches to sync" controller="${name}"`,
    ]),
    ...CONTROLLERS.map(([, name]): Line => ['I', 'shared_informer.go:388', `"Caches are synced" controller="${name}"`]),
  ];
}

function syncFailure(mode: Mode, family: Family): Line {
  if (mode === 'nftables') {
    const error = 'Error: Could not process rule: No such file or directory';
    return ['E', 'proxier.go:1740', `"nftables sync failed" err=${quoted(error)} ipFamily="${family}"`];
  }
  return ['E', 'proxier.go:1408', `"Failed to execute iptables-restore" err="exit status 1" ipFamily="${family}"`];
}

function failed(message: string): string {
  return `"command failed" err=${quoted(message)}`;
}

/** Go's %q for the plain texts used here. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** `I1122 10:33:18.303000       1 server.go:228] …`: severity, month and day, UTC time, process id, source. */
function klog(at: number, [severity, source, text]: Line): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  return `${severity}${date.slice(5, 7)}${date.slice(8, 10)} ${time.slice(0, 12)}000       1 ${source}] ${text}`;
}
