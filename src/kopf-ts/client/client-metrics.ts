// client-go's request metrics under client-go's names, so that existing dashboards and alerts apply.
import type { Registry } from 'prom-client';
import { counter, histogram } from '../metric.ts';
import type { RequestSpec } from './request.ts';

export type ClientMetrics = {
  /** `code` is the HTTP status, or `<error>` when no answer came, as client-go writes it. */
  observe(spec: RequestSpec, code: string, milliseconds: number): void;
};

const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export function createClientMetrics(registry: Registry, host: () => string): ClientMetrics {
  const requests = counter(registry, {
    name: 'rest_client_requests_total',
    help: 'Requests to the Kubernetes API, by status code, method and host.',
    labelNames: ['code', 'method', 'host'],
  });
  const duration = histogram(registry, {
    name: 'rest_client_request_duration_seconds',
    help: 'Duration of requests to the Kubernetes API, answer included, by verb and host.',
    labelNames: ['verb', 'host'],
    buckets: BUCKETS,
  });
  return {
    observe(spec, code, milliseconds) {
      requests.inc({ code, method: spec.method, host: host() });
      duration.observe({ verb: spec.method, host: host() }, milliseconds / 1000);
    },
  };
}
