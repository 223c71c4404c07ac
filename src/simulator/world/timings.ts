// How long things take in the world, in milliseconds. The defaults reproduce what was measured on a real three-node
// cluster (kube-proxy 1.36.3, two cores): from the deletion of a pod, old process gone after 0.08-0.15 s, new process after
// 0.7-0.9 s, the other mode's rules deleted at once, first sync after 1.3-2.0 s with 50 Services.
import type { Mode } from './modes.ts';

export type Timings = {
  /** Until a controller acts on what it has seen. */
  readonly controller: number;
  /** Deletion of a pod until its process has ended. */
  readonly stop: number;
  /** Then until the pod object is gone. */
  readonly podRemoval: number;
  /** Kubelet: sees a new pod, mounts its volumes, makes its sandbox. */
  readonly podCreate: number;
  /** Kubelet: image present, container started. */
  readonly containerStart: number;
  /** kube-proxy: start to the deletion of the other mode's rules. */
  readonly cleanup: number;
  /** Then node lookup, sysctls, support checks, until the metrics server listens. */
  readonly checks: number;
  /** Then until the informers are full. */
  readonly informers: number;
  /** Then the first sync of the primary family. */
  readonly firstSync: (services: number, mode: Mode) => number;
  /** A failed sync is tried again after syncPeriod. */
  readonly syncRetry: number;
  /** kubelet syncFrequency: how long a projected ConfigMap may lag. */
  readonly projection: number;
  /** Container restarts: the first at once, then `initial` doubled up to `limit`; forgotten after a run of `reset`. */
  readonly backOff: { readonly initial: number; readonly limit: number; readonly reset: number };
  /** node-monitor-grace-period: a silent kubelet until its node is marked NotReady. */
  readonly nodeMonitorGrace: number;
};

export const DEFAULT_TIMINGS: Timings = {
  controller: 30,
  stop: 100,
  podRemoval: 250,
  podCreate: 150,
  containerStart: 200,
  cleanup: 60,
  checks: 250,
  informers: 250,
  firstSync,
  syncRetry: 30_000,
  projection: 60_000,
  backOff: { initial: 10_000, limit: 300_000, reset: 600_000 },
  nodeMonitorGrace: 50_000,
};

/** Services and milliseconds, measured; iptables at 5,000 was between 8.5 and 34.6 s, nftables between 6.7 and 11.9 s. */
const MEASURED: Readonly<Record<'iptables' | 'nftables', readonly (readonly [number, number])[]>> = {
  iptables: [
    [0, 10],
    [50, 33],
    [1000, 330],
    [5000, 8500],
  ],
  nftables: [
    [0, 10],
    [50, 33],
    [1000, 550],
    [5000, 7000],
  ],
};

/** ipvs was about twice as slow as iptables on the one machine where both were measured. */
export function firstSync(services: number, mode: Mode): number {
  if (mode === 'nftables') return interpolate(MEASURED.nftables, services);
  return interpolate(MEASURED.iptables, services) * (mode === 'ipvs' ? 2 : 1);
}

function interpolate(points: readonly (readonly [number, number])[], x: number): number {
  const found = points.findIndex(([px]) => px >= x);
  const right = Math.max(1, found === -1 ? points.length - 1 : found);
  const [x0, y0] = points[right - 1] ?? [0, 0];
  const [x1, y1] = points[right] ?? [1, 0];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** How long a container waits before its next start, after so many ends in a row (kubelet's flowcontrol.Backoff). */
export function restartDelay(ends: number, backOff: Timings['backOff']): number {
  return ends <= 1 ? 0 : Math.min(backOff.initial * 2 ** (ends - 2), backOff.limit);
}
