// What a KubeProxyConfiguration says about the mode, and where its kube-proxy can be asked.
import { openConfig } from './config-source.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { lineOf, valueAt } from './yaml-source.ts';
import type { Source } from './yaml-source.ts';

export type ProxyConfig = {
  readonly kind: 'config';
  /** As written; '' when unset. Not necessarily a mode that exists. */
  readonly mode: string;
  /** Where /proxyMode and /metrics are served, without brackets: 127.0.0.1, or ::1 when bindAddress is IPv6, when unset. */
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly featureGates: Readonly<Record<string, boolean>>;
};

/** ports.ProxyStatusPort, pkg/cluster/ports/ports.go. */
const METRICS_PORT = 10249;

/** Never throws. The defaults are those of SetDefaults_KubeProxyConfiguration (pkg/proxy/apis/config/v1alpha1/defaults.go). */
export function readConfig(text: string): ProxyConfig | Problem {
  const source = openConfig(text);
  if (source.kind === 'problem') return source;
  const metrics = metricsAddress(source);
  if ('kind' in metrics) return metrics;
  return {
    kind: 'config',
    mode: stringAt(source, 'mode'),
    metricsHost: metrics.host,
    metricsPort: metrics.port,
    featureGates: featureGates(valueAt(source, ['featureGates'])),
  };
}

type Address = { readonly host: string; readonly port: number };

/** Written as host:port, [v6]:port, :port, or an address alone (AppendPortIfNeeded adds the default port). */
function metricsAddress(source: Source): Address | Problem {
  const written = stringAt(source, 'metricsBindAddress').trim();
  const address =
    written === '' ? { host: loopback(source), port: METRICS_PORT } : (withPort(written) ?? bareIPv6(written));
  if (address !== undefined) return address;
  const line = lineOf(source, ['metricsBindAddress']);
  const quoted = JSON.stringify(written.slice(0, 100));
  return problem(
    `The configuration's metricsBindAddress ${quoted} (line ${line ?? '?'}) is not an address with a port.`,
    line,
  );
}

function loopback(source: Source): string {
  return stringAt(source, 'bindAddress').includes(':') ? '::1' : '127.0.0.1';
}

function withPort(written: string): Address | undefined {
  const match = /^(?:\[([0-9a-zA-Z:.%]+)\]|([^:[\]\s]*))(?::([0-9]{1,5}))?$/.exec(written);
  if (match === null) return undefined;
  const port = Number(match[3] ?? METRICS_PORT);
  return port >= 1 && port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : undefined;
}

function bareIPv6(written: string): Address | undefined {
  const isIPv6 = /^[0-9a-fA-F:.]+$/.test(written) && written.split(':').length > 2;
  return isIPv6 ? { host: written, port: METRICS_PORT } : undefined;
}

function featureGates(value: unknown): Readonly<Record<string, boolean>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
}

function stringAt(source: Source, key: string): string {
  const value = valueAt(source, [key]);
  return typeof value === 'string' ? value : '';
}
