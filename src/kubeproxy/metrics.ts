// What verification needs from kube-proxy's /metrics (Prometheus text): when the process began, when rules were last programmed for
// each IP family, and whether programming fails.

export type ProxyMetrics = {
  /** Epoch seconds; undefined when missing. */
  readonly processStart: number | undefined;
  /** git_version of kubernetes_build_info, for example v1.36.3. */
  readonly version: string | undefined;
  /** IP family (IPv4, IPv6; '' where kube-proxy does not tell, before 1.33) to epoch seconds. A family that was never programmed is absent. */
  readonly lastSync: Readonly<Record<string, number>>;
  /** Sum over all families; 0 when the counters are missing. */
  readonly syncFailures: number;
};

/** A kube-proxy with many Services answers about 100 kB. What is beyond the bound is not read. */
const MAX_METRICS_CHARS = 8 * 1024 * 1024;

const LAST_SYNC = 'kubeproxy_sync_proxy_rules_last_timestamp_seconds';

/**
 * KEP-3866 names the two nftables counters as the signals for a rollback. A failed iptables-restore is its counterpart in iptables and
 * ipvs mode; a failed *partial* restore is not counted, as kube-proxy follows it up with a full one by itself.
 */
const FAILURES: ReadonlySet<string> = new Set([
  'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
  'kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total',
  'kubeproxy_sync_proxy_rules_iptables_restore_failures_total',
]);

type Sample = { readonly name: string; readonly labels: string; readonly value: number };

/** Lines that are no samples are passed over. Never throws. */
export function readMetrics(text: string): ProxyMetrics {
  let processStart: number | undefined;
  let version: string | undefined;
  let syncFailures = 0;
  const lastSync = new Map<string, number>();
  for (const { name, labels, value } of samples(text)) {
    if (name === 'process_start_time_seconds') processStart = value > 0 ? value : undefined;
    else if (name === 'kubernetes_build_info') version = label(labels, 'git_version') ?? version;
    else if (FAILURES.has(name)) syncFailures += Math.max(0, value);
    else if (name === LAST_SYNC && value > 0) lastSync.set(label(labels, 'ip_family') ?? '', value);
  }
  return { processStart, version, lastSync: Object.fromEntries(lastSync), syncFailures };
}

function* samples(text: string): Generator<Sample> {
  const end = Math.min(text.length, MAX_METRICS_CHARS);
  let from = 0;
  while (from < end) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    const sample = readSample(text.slice(from, Math.min(to, end)));
    if (sample !== undefined) yield sample;
    from = to + 1;
  }
}

/** `name{labels} value [timestamp]`: the labels may hold any character, so the value is looked for behind the last brace. */
function readSample(line: string): Sample | undefined {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  const close = line[name.length] === '{' ? line.lastIndexOf('}') : name.length - 1;
  if (close < 0) return undefined;
  const value = Number(
    line
      .slice(close + 1)
      .trim()
      .split(/\s/, 1)[0] || Number.NaN,
  );
  return Number.isFinite(value) ? { name, labels: line.slice(name.length + 1, close), value } : undefined;
}

/** One label's value, its escapes (\\, \" and \n) undone. */
function label(labels: string, wanted: string): string | undefined {
  for (const [, name, value] of labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
    if (name === wanted)
      return (value ?? '').replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return undefined;
}
