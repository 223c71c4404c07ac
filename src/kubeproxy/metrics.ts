// What verification needs from kube-proxy's /metrics (Prometheus text): when the process began, when rules were last programmed for
// each IP family, and whether programming fails. Whoever holds the node can answer anything here, so nothing is read at more than
// linear cost, and nothing comes out that could not stand in a status.

export type ProxyMetrics = {
  /** Epoch seconds; undefined when missing. */
  readonly processStart: number | undefined;
  /** git_version of kubernetes_build_info, for example v1.36.3: at most 64 printable ASCII characters. */
  readonly version: string | undefined;
  /** IP family (IPv4, IPv6; '' where kube-proxy does not tell, before 1.33) to epoch seconds. A family that was never programmed is absent. */
  readonly lastSync: Readonly<Record<string, number>>;
  /** Sum over all families; 0 when the counters are missing. */
  readonly syncFailures: number;
};

/** A kube-proxy with many Services answers about 100 kB. What is beyond the bound is not read. */
const MAX_METRICS_CHARS = 8 * 1024 * 1024;
/** The lines that matter have at most 300 characters. */
const MAX_LINE_CHARS = 4096;
const MAX_VERSION_CHARS = 64;

const PROCESS_START = 'process_start_time_seconds';
const BUILD_INFO = 'kubernetes_build_info';
const LAST_SYNC = 'kubeproxy_sync_proxy_rules_last_timestamp_seconds';
const FAMILIES: ReadonlySet<string> = new Set(['', 'IPv4', 'IPv6']);

/**
 * KEP-3866 names the two nftables counters as the signals for a rollback. A failed iptables-restore is its counterpart in iptables and
 * ipvs mode; a failed *partial* restore is not counted, as kube-proxy follows it up with a full one by itself.
 */
const FAILURES: ReadonlySet<string> = new Set([
  'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
  'kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total',
  'kubeproxy_sync_proxy_rules_iptables_restore_failures_total',
]);

const READ: ReadonlySet<string> = new Set([PROCESS_START, BUILD_INFO, LAST_SYNC, ...FAILURES]);

type Labels = ReadonlyMap<string, string>;
type Sample = { readonly name: string; readonly labels: Labels; readonly value: number };

/** Lines that are no samples are passed over. Never throws; every number in the result is finite and not negative. */
export function readMetrics(text: string): ProxyMetrics {
  let processStart: number | undefined;
  let version: string | undefined;
  let syncFailures = 0;
  const lastSync = new Map<string, number>();
  for (const { name, labels, value } of samples(text)) {
    const family = labels.get('ip_family') ?? '';
    if (name === PROCESS_START) processStart = value > 0 ? value : undefined;
    else if (name === BUILD_INFO) version = versionOf(labels) ?? version;
    else if (FAILURES.has(name)) syncFailures = Math.min(Number.MAX_SAFE_INTEGER, syncFailures + value);
    else if (FAMILIES.has(family) && value > 0) lastSync.set(family, value);
  }
  return { processStart, version, lastSync: Object.fromEntries(lastSync), syncFailures };
}

/** Counters by which iptables mode tells what nftables mode would break (PRs 125015 and 122812, since 1.31). */
const KEPT: ReadonlySet<string> = new Set([
  ...READ,
  'kubeproxy_iptables_localhost_nodeports_accepted_packets_total',
  'kubeproxy_iptables_ct_state_invalid_dropped_packets_total',
]);
const MOST_KEPT = 32;

/** The lines of the page that a preflight asks about: a kilobyte of what may be hundreds. */
export function keptLines(text: string): string {
  const kept: string[] = [];
  for (const line of lines(text)) {
    if (KEPT.has(NAME.exec(line)?.[0] ?? '')) kept.push(line);
    if (kept.length === MOST_KEPT) break;
  }
  return kept.join('\n');
}

/** The samples that are read here, in their order. */
function* samples(text: string): Generator<Sample> {
  for (const line of lines(text)) {
    const sample = readSample(line);
    if (sample !== undefined) yield sample;
  }
}

/** Lines that are too long to matter are passed over. */
function* lines(text: string): Generator<string> {
  const end = Math.min(text.length, MAX_METRICS_CHARS);
  let from = 0;
  while (from < end) {
    const newline = text.indexOf('\n', from);
    const to = Math.min(newline === -1 ? text.length : newline, end);
    if (to - from <= MAX_LINE_CHARS) yield text.slice(from, to);
    from = to + 1;
  }
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

/** `name{labels} value [timestamp]`. None of the metrics read here can be negative. */
function readSample(line: string): Sample | undefined {
  const name = NAME.exec(line)?.[0];
  if (name === undefined || !READ.has(name)) return undefined;
  const { labels, end } =
    line[name.length] === '{' ? readLabels(line, name.length + 1) : { labels: NONE, end: name.length };
  const [number = ''] = end === undefined ? [] : line.slice(end).trim().split(/\s/, 1);
  const value = number === '' ? Number.NaN : Number(number);
  return Number.isFinite(value) && value >= 0 ? { name, labels, value } : undefined;
}

/** `end`: behind the closing brace; undefined when there is none, or something else than labels before it. */
type LabelSet = { readonly labels: Labels; readonly end: number | undefined };

const NONE: Labels = new Map();

/** One label. Each part begins with a character the part before cannot hold, so nothing is ever tried twice. */
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"[ \t]*(,?)/y;
const CLOSE = /[ \t]*\}/y;

/** The labels from `start` on, one after the other, their escapes (\\, \" and \n) undone. */
function readLabels(line: string, start: number): LabelSet {
  const labels = new Map<string, string>();
  let at = start;
  for (let more = true; more;) {
    LABEL.lastIndex = at;
    const label = LABEL.exec(line);
    if (label === null) break;
    const [whole, name = '', value = '', comma] = label;
    labels.set(name, unescaped(value));
    at += whole.length;
    more = comma === ',';
  }
  CLOSE.lastIndex = at;
  return { labels, end: CLOSE.test(line) ? CLOSE.lastIndex : undefined };
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function versionOf(labels: Labels): string | undefined {
  const version = labels
    .get('git_version')
    ?.replaceAll(/[^ -~]/g, '')
    .slice(0, MAX_VERSION_CHARS);
  return version === '' ? undefined : version;
}
