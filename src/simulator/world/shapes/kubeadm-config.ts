// The ConfigMap kube-system/kube-proxy as kubeadm writes it: the whole configuration marshalled with sorted keys and full
// of zero values, so its text follows the version's fields. kind and kubespray set some of them through kubeadm.
import { traitsOf } from '../kube-proxy-traits.ts';
import type { ConfigMap } from '../pod-objects.ts';
import type { ShapeInput } from './shape.ts';

/** Values that differ from kubeadm's zero values, by dotted path, as YAML. */
export type ConfigValues = Readonly<Record<string, string>>;

export function kubeadmConfigMap(input: ShapeInput, values: ConfigValues, server: string): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'kube-proxy',
      namespace: 'kube-system',
      labels: { app: 'kube-proxy' },
      annotations: { 'kubeadm.kubernetes.io/component-config.hash': `sha256:${'5c1b3f0e'.repeat(8)}` },
    },
    data: { 'config.conf': configText(input, values), 'kubeconfig.conf': kubeconfigText(server) },
  };
}

/** Empty when the version has no such line. */
type Line = { readonly since?: number; readonly text: string };

function configText(input: ShapeInput, values: ConfigValues): string {
  const { minor } = traitsOf(input.version);
  const all: ConfigValues = { mode: input.mode === '' ? '""' : input.mode, ...values };
  let section = '';
  return LINES.filter((line) => (line.since ?? 0) <= minor)
    .map(({ text }) => {
      const [, indent = '', key = ''] = /^( *)([^:]+):/.exec(text) ?? [];
      if (indent === '') section = key;
      const value = all[indent === '' ? key : `${section}.${key}`];
      return value === undefined ? text : `${indent}${key}:${value.startsWith('\n') ? '' : ' '}${value}`;
    })
    .map((line) => `${line}\n`)
    .join('');
}

const LINES: readonly Line[] = [
  { text: 'apiVersion: kubeproxy.config.k8s.io/v1alpha1' },
  { text: 'bindAddress: 0.0.0.0' },
  { text: 'bindAddressHardFail: false', since: 19 },
  { text: 'clientConnection:' },
  { text: '  acceptContentTypes: ""' },
  { text: '  burst: 0' },
  { text: '  contentType: ""' },
  { text: '  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf' },
  { text: '  qps: 0' },
  { text: 'clusterCIDR: 10.244.0.0/16' },
  { text: 'configSyncPeriod: 0s' },
  { text: 'conntrack:' },
  { text: '  maxPerCore: null' },
  { text: '  min: null' },
  { text: '  tcpBeLiberal: false', since: 29 },
  { text: '  tcpCloseWaitTimeout: null' },
  { text: '  tcpEstablishedTimeout: null' },
  { text: '  udpStreamTimeout: 0s', since: 29 },
  { text: '  udpTimeout: 0s', since: 29 },
  { text: 'detectLocal:', since: 24 },
  { text: '  bridgeInterface: ""', since: 24 },
  { text: '  interfaceNamePrefix: ""', since: 24 },
  { text: 'detectLocalMode: ""' },
  { text: 'enableProfiling: false' },
  { text: 'healthzBindAddress: ""' },
  { text: 'hostnameOverride: ""' },
  { text: 'iptables:' },
  { text: '  localhostNodePorts: null', since: 26 },
  { text: '  masqueradeAll: false' },
  { text: '  masqueradeBit: null' },
  { text: '  minSyncPeriod: 0s' },
  { text: '  syncPeriod: 0s' },
  { text: 'ipvs:' },
  { text: '  excludeCIDRs: null' },
  { text: '  minSyncPeriod: 0s' },
  { text: '  scheduler: ""' },
  { text: '  strictARP: false' },
  { text: '  syncPeriod: 0s' },
  { text: '  tcpFinTimeout: 0s' },
  { text: '  tcpTimeout: 0s' },
  { text: '  udpTimeout: 0s' },
  { text: 'kind: KubeProxyConfiguration' },
  { text: 'logging:', since: 28 },
  { text: '  flushFrequency: 0', since: 28 },
  { text: '  options:', since: 28 },
  { text: '    json:', since: 28 },
  { text: '      infoBufferSize: "0"', since: 28 },
  { text: '    text:', since: 31 },
  { text: '      infoBufferSize: "0"', since: 31 },
  { text: '  verbosity: 0', since: 28 },
  { text: 'metricsBindAddress: ""' },
  { text: 'mode: ""' },
  { text: 'nftables:', since: 29 },
  { text: '  masqueradeAll: false', since: 29 },
  { text: '  masqueradeBit: null', since: 29 },
  { text: '  minSyncPeriod: 0s', since: 29 },
  { text: '  syncPeriod: 0s', since: 29 },
  { text: 'nodePortAddresses: null' },
  { text: 'oomScoreAdj: null' },
  { text: 'portRange: ""' },
  { text: 'showHiddenMetricsForVersion: ""' },
  { text: 'winkernel:' },
  { text: '  enableDSR: false' },
  { text: '  forwardHealthCheckVip: false', since: 22 },
  { text: '  networkName: ""' },
  { text: '  rootHnsEndpointName: ""', since: 24 },
  { text: '  sourceVip: ""' },
];

function kubeconfigText(server: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    server: ${server}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
`;
}
