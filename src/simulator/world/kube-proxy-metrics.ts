// /metrics of one kube-proxy, in the shape recorded from 1.36.3: which metrics exist depends on mode and version, and a
// labelled metric does not appear before it has a value. Values nobody reads are left out, not invented.
import { FAMILIES, type Family, type Mode } from './modes.ts';
import type { KubeProxyTraits } from './kube-proxy-traits.ts';

export type ProcessReading = {
  readonly version: string;
  readonly traits: KubeProxyTraits;
  readonly effective: Mode;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly queuedAt: number;
  /** Last successful sync of each family. */
  readonly syncedAt: Readonly<Partial<Record<Family, number>>>;
  /** Failed syncs of each family. */
  readonly failures: number;
  readonly services: number;
};

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];
type Metric = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
};

/** Prometheus text format 0.0.4, metrics in alphabetical order as Go prints them. */
export function metricsText(reading: ProcessReading): string {
  return [...syncMetrics(reading), ...modeMetrics(reading), ...processMetrics(reading)]
    .filter((metric) => metric.samples.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(metricText)
    .join('');
}

function syncMetrics(reading: ProcessReading): readonly Metric[] {
  const seconds = (at: number | undefined): number | undefined => (at === undefined ? undefined : at / 1000);
  return [
    {
      name: 'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds',
      help: '[ALPHA] The last time a sync of proxy rules was queued',
      type: 'gauge',
      samples: perFamily(reading, () => seconds(reading.queuedAt)),
    },
    {
      name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
      help: '[ALPHA] The last time proxy rules were successfully synced',
      type: 'gauge',
      samples: perFamily(reading, (family) => seconds(reading.syncedAt[family])),
    },
    {
      name: 'kubeproxy_sync_proxy_rules_service_changes_pending',
      help: '[ALPHA] Pending proxy rules Service changes',
      type: 'gauge',
      samples: [[{}, reading.syncedAt.IPv4 === undefined ? reading.services : 0]],
    },
    {
      name: 'kubeproxy_sync_proxy_rules_service_changes_total',
      help: '[ALPHA] Cumulative proxy rules Service changes',
      type: 'counter',
      samples: [[{}, reading.services]],
    },
  ];
}

/** Up to 1.30 every mode's metrics are registered in every mode; from 1.31 only those of the mode that runs. */
function modeMetrics(reading: ProcessReading): readonly Metric[] {
  const { effective, traits, failures } = reading;
  const shown = (...modes: readonly Mode[]): boolean => !traits.perModeMetrics || modes.includes(effective);
  const failed = (mode: Mode): number => (effective === mode ? failures : 0);
  const knowsNftables = traits.nftablesGate !== 'absent';
  return [
    counter(reading, shown('iptables', 'ipvs'), failed('iptables'), {
      name: 'kubeproxy_sync_proxy_rules_iptables_restore_failures_total',
      help: '[ALPHA] Cumulative proxy iptables restore failures',
    }),
    counter(reading, knowsNftables && shown('nftables'), failed('nftables'), {
      name: 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
      help: '[ALPHA] Cumulative proxy nftables sync failures',
    }),
    counter(reading, knowsNftables && shown('nftables'), 0, {
      name: 'kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total',
      help: '[ALPHA] Cumulative proxy nftables cleanup failures',
    }),
    ...(traits.perModeMetrics && effective === 'iptables' ? DECISION_METRICS : []),
    ...(effective === 'iptables' ? [iptablesRules(reading)] : []),
  ];
}

/** Read before a move to nftables: whether NodePorts on loopback and the INVALID drop are in use (KEP-3866). */
const DECISION_METRICS: readonly Metric[] = [
  {
    name: 'kubeproxy_iptables_ct_state_invalid_dropped_packets_total',
    help: '[ALPHA] packets dropped by iptables to work around conntrack problems',
    type: 'counter',
    samples: [[{}, 0]],
  },
  {
    name: 'kubeproxy_iptables_localhost_nodeports_accepted_packets_total',
    help: '[ALPHA] Number of packets accepted on nodeports of loopback interface',
    type: 'counter',
    samples: [[{}, 0]],
  },
];

function iptablesRules(reading: ProcessReading): Metric {
  const rules = (family: Family): number | undefined =>
    reading.syncedAt[family] === undefined ? undefined : family === 'IPv4' ? 20 + reading.services * 8 : 15;
  return {
    name: 'kubeproxy_sync_proxy_rules_iptables_total',
    help: '[ALPHA] Total number of iptables rules owned by kube-proxy',
    type: 'gauge',
    samples: perFamily(reading, rules).map(([labels, value]) => [{ ...labels, table: 'nat' }, value]),
  };
}

function processMetrics(reading: ProcessReading): readonly Metric[] {
  const info = {
    build_date: '1970-01-01T00:00:00Z',
    compiler: 'gc',
    git_version: reading.version,
    major: '1',
    minor: String(reading.traits.minor),
    platform: 'linux/amd64',
  };
  return [
    {
      name: 'kubernetes_build_info',
      help: "[BETA] A metric with a constant '1' value labeled by major, minor, git version, build date, compiler and platform.",
      type: 'gauge',
      samples: [[info, 1]],
    },
    {
      name: 'process_start_time_seconds',
      help: 'Start time of the process since unix epoch in seconds.',
      type: 'gauge',
      // The kernel counts in clock ticks of 10 ms.
      samples: [[{}, Math.floor(reading.startedAt / 10) / 100]],
    },
  ];
}

function counter(
  reading: ProcessReading,
  shown: boolean,
  value: number,
  naming: { readonly name: string; readonly help: string },
): Metric {
  const silent = !shown || (reading.traits.familyLabel && value === 0);
  return { ...naming, type: 'counter', samples: silent ? [] : perFamily(reading, () => value) };
}

/** One sample a family when the version labels them, else one for both: a gauge without label is 0 before it is set. */
function perFamily(reading: ProcessReading, valueOf: (family: Family) => number | undefined): readonly Sample[] {
  const values = FAMILIES.map((family) => [family, valueOf(family)] as const);
  if (!reading.traits.familyLabel) return [[{}, Math.max(0, ...values.map(([, value]) => value ?? 0))]];
  return values.flatMap(([family, value]) => (value === undefined ? [] : [[{ ip_family: family }, value] as const]));
}

function metricText({ name, help, type, samples }: Metric): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => `${name}${sampleText(sample)}\n`).join('')}`;
}

function sampleText([labels, value]: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
  return `${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${goFloat(value)}`;
}

/** Go's strconv.FormatFloat(v, 'g', -1, 64): an exponent from 1e+06 on, of at least two digits. */
export function goFloat(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
