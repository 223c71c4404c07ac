// How a systemd kube-proxy's /proxyMode and /metrics are read: the operator asks over a stream to the node's own port as it
// asks over that of a pod's port-forward.
import type { Dial, DialOptions } from '../node/ssh-dial.ts';

/** The part of the runtime's client that asking needs. Which node it leads to is decided by `dial`, not by the pod. */
export type PortForward = {
  portForward(pod: unknown, port: number, options: DialOptions): ReturnType<Dial>;
};

/** `metricsHost` as readUnit() tells it in `config`. */
export function asPortForward(dial: Dial, metricsHost: string): PortForward {
  return { portForward: (_pod, port, options) => dial(dialHost(metricsHost), port, options) };
}

/** Where kube-proxy listens on every address (metricsBindAddress 0.0.0.0:10249), it does on loopback too. */
export function dialHost(metricsHost: string): string {
  if (metricsHost === '' || metricsHost === '0.0.0.0') return '127.0.0.1';
  return metricsHost === '::' ? '::1' : metricsHost;
}
