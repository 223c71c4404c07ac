// controller-runtime's controller metrics under controller-runtime's names.
import type { Registry } from 'prom-client';
import { counter, gauge, histogram } from '../metric.ts';
import type { Ending } from './pass-result.ts';

export type ReconcileMetrics = {
  started(): void;
  finished(endings: readonly Ending[], seconds: number): void;
};

const BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 45, 60,
];
const LABELS = ['controller'] as const;

export function createReconcileMetrics(
  registry: Registry,
  controller: string,
  maxConcurrent: number,
): ReconcileMetrics {
  const totals = counter(registry, {
    name: 'controller_runtime_reconcile_total',
    help: 'Passes, by controller and result.',
    labelNames: ['controller', 'result'],
  });
  const errors = counter(registry, {
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Handlers that failed.',
    labelNames: LABELS,
  });
  const terminal = counter(registry, {
    name: 'controller_runtime_terminal_reconcile_errors_total',
    help: 'Handlers that failed for good (PermanentError).',
    labelNames: LABELS,
  });
  const time = histogram(registry, {
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of a pass.',
    labelNames: LABELS,
    buckets: BUCKETS,
  });
  const active = gauge(registry, {
    name: 'controller_runtime_active_workers',
    help: 'Passes under way.',
    labelNames: LABELS,
  });
  gauge(registry, {
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'The most passes at a time.',
    labelNames: LABELS,
  }).set({ controller }, maxConcurrent);
  return {
    started: () => active.inc({ controller }),
    finished(endings, seconds) {
      active.dec({ controller });
      time.observe({ controller }, seconds);
      totals.inc({ controller, result: resultOf(endings) });
      errors.inc(
        { controller },
        endings.filter((ending) => ending.kind === 'failed' || ending.kind === 'permanent').length,
      );
      terminal.inc({ controller }, endings.filter((ending) => ending.kind === 'permanent').length);
    },
  };
}

function resultOf(endings: readonly Ending[]): 'error' | 'requeue_after' | 'success' {
  if (endings.some((ending) => ending.kind === 'failed' || ending.kind === 'permanent')) return 'error';
  const comesBack = endings.some(
    (ending) => ending.kind === 'temporary' || (ending.kind === 'done' && ending.requeueAfter !== undefined),
  );
  return comesBack ? 'requeue_after' : 'success';
}
