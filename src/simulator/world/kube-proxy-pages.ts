// What one kube-proxy answers over HTTP: the metrics server on 10249 and the health server on 10256. Pure: from what is
// known of the process to status, type and body, as recorded from 1.36.3.
import type { DecodedConfig } from './kube-proxy-config.ts';
import { metricsText, type ProcessReading } from './kube-proxy-metrics.ts';
import { FAMILIES } from './modes.ts';

export const METRICS_PORT = 10249;
export const HEALTH_PORT = 10256;

export type Page = { readonly status: number; readonly contentType: string; readonly body: string };

export type PageReading = ProcessReading & {
  readonly answers: string;
  readonly config: DecodedConfig;
  readonly now: number;
  /** False once the Node is being deleted or tainted ToBeDeletedByClusterAutoscaler. */
  readonly nodeEligible: boolean;
};

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';
const NOT_FOUND: Page = { status: 404, contentType: TEXT, body: '404 page not found\n' };

export function pageOf(port: number, path: string, reading: PageReading): Page {
  if (port === METRICS_PORT) return metricsServer(path, reading);
  return port === HEALTH_PORT ? healthServer(path, reading) : NOT_FOUND;
}

function metricsServer(path: string, reading: PageReading): Page {
  switch (path) {
    case '/proxyMode':
      return { status: 200, contentType: TEXT, body: reading.answers };
    case '/metrics':
      return {
        status: 200,
        contentType: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
        body: metricsText(reading),
      };
    case '/healthz':
      return { status: 200, contentType: TEXT, body: 'ok' };
    case '/configz':
      return { status: 200, contentType: JSON_TYPE, body: configz(reading) };
    default:
      return NOT_FOUND;
  }
}

/** The configuration after defaulting; only the defaults that bear on the mode are filled in. */
function configz(reading: PageReading): string {
  const fields = reading.config.kind === 'decoded' ? reading.config.fields : {};
  const mode = reading.config.kind === 'decoded' && reading.config.mode !== '' ? reading.config.mode : 'iptables';
  const defaults = { metricsBindAddress: '127.0.0.1:10249', healthzBindAddress: '0.0.0.0:10256' };
  const set = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ''));
  return JSON.stringify({ 'kubeproxy.config.k8s.io': { ...defaults, ...set, mode } });
}

/**
 * 200 from the first second with nothing programmed: the first sync is not registered as a queued update, so only a
 * later change that is not applied for 2 x syncPeriod would make it 503. That cannot happen here.
 */
function healthServer(path: string, reading: PageReading): Page {
  if (path !== '/healthz' && !(path === '/livez' && reading.traits.hasLivez)) return NOT_FOUND;
  const eligible = path === '/livez' || reading.nodeEligible;
  const now = new Date(reading.now).toISOString();
  const body = {
    lastUpdated: now,
    currentTime: now,
    ...(path === '/healthz' && reading.traits.hasLivez ? { nodeEligible: reading.nodeEligible } : {}),
    ...(reading.traits.healthPerFamily ? { healthy: true, status: perFamily(reading) } : {}),
  };
  return { status: eligible ? 200 : 503, contentType: JSON_TYPE, body: JSON.stringify(body) };
}

function perFamily(reading: PageReading): Record<string, unknown> {
  return Object.fromEntries(
    FAMILIES.map((family) => {
      const at = reading.syncedAt[family] ?? reading.queuedAt;
      return [family, { lastUpdated: new Date(at).toISOString(), healthy: true }];
    }),
  );
}
