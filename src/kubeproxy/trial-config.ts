// The configuration with which kube-proxy is tried in a network namespace of its own (rollout/trial.ts): what it is going to have,
// but for what would reach beyond that namespace, or is not there in it.
import { withFields, type Edit } from './config-edit.ts';
import { openConfig } from './config-source.ts';
import type { FieldWish } from './coupled-fields.ts';
import type { Problem } from './problem.ts';
import { valueAt } from './yaml-source.ts';

/** Where a kube-proxy on trial serves /proxyMode and /metrics. */
export const TRIAL_METRICS_PORT = 10249;

/**
 * Never throws. conntrack.maxPerCore would set nf_conntrack_max and the hash size, which are those of the whole machine
 * (cmd/kube-proxy/app/server_linux.go, setupConntrack); the section's other settings are sysctls that have nothing to do with the
 * mode, and need rights that a trial of nftables does without.
 */
export function trialConfig(text: string): Edit | Problem {
  const source = openConfig(text);
  if (source.kind === 'problem') return source;
  const isWritten = ({ path }: FieldWish): boolean => valueAt(source, path) !== undefined;
  return withFields(source, [...ALWAYS, ...WHERE_WRITTEN.filter(isWritten)]);
}

const MACHINE = 'A trial leaves the limits of connection tracking alone.';
const ALWAYS: readonly FieldWish[] = [
  { path: ['conntrack', 'maxPerCore'], value: 0, why: MACHINE },
  { path: ['conntrack', 'min'], value: 0, why: MACHINE },
  { path: ['conntrack', 'tcpEstablishedTimeout'], value: '0s', why: MACHINE },
  { path: ['conntrack', 'tcpCloseWaitTimeout'], value: '0s', why: MACHINE },
  {
    path: ['clientConnection', 'kubeconfig'],
    value: '',
    why: "The file is not there; an address in it may be the node's own loopback.",
  },
  {
    path: ['metricsBindAddress'],
    value: `127.0.0.1:${TRIAL_METRICS_PORT}`,
    why: "An address of the node is none of this network's.",
  },
  { path: ['healthzBindAddress'], value: '127.0.0.1:10256', why: "An address of the node is none of this network's." },
];
/** Not known to every version of kube-proxy. */
const WHERE_WRITTEN: readonly FieldWish[] = [
  { path: ['conntrack', 'tcpBeLiberal'], value: false, why: MACHINE },
  { path: ['conntrack', 'udpTimeout'], value: '0s', why: MACHINE },
  { path: ['conntrack', 'udpStreamTimeout'], value: '0s', why: MACHINE },
];
