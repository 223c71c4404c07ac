// EKS, self-managed: two ConfigMaps of which `kube-proxy` is only the kubeconfig; the settings are in `kube-proxy-config`
// under the key `config`, and the metrics server is reachable from everywhere.
import type { ConfigMap, DaemonSet } from '../pod-objects.ts';
import type { Shape, ShapeInput } from './shape.ts';

export function eksShape(input: ShapeInput): Shape {
  return {
    configMaps: [
      configMap('kube-proxy', { kubeconfig: KUBECONFIG }),
      configMap('kube-proxy-config', { config: configText(input.mode) }),
    ],
    daemonSet: daemonSet(input.version),
    providerID: (node) => `aws:///eu-central-1a/i-${Buffer.from(node).toString('hex').padStart(17, '0').slice(-17)}`,
  };
}

function configMap(name: string, data: Readonly<Record<string, string>>): ConfigMap {
  const labels = { 'eks.amazonaws.com/component': 'kube-proxy', 'k8s-app': 'kube-proxy' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system', labels }, data };
}

/** No newline at its end: it is written with `|-`. */
function configText(mode: string): string {
  return `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  acceptContentTypes: ""
  burst: 10
  contentType: application/vnd.kubernetes.protobuf
  kubeconfig: /var/lib/kube-proxy/kubeconfig
  qps: 5
clusterCIDR: ""
configSyncPeriod: 15m0s
conntrack:
  maxPerCore: 32768
  min: 131072
  tcpCloseWaitTimeout: 1h0m0s
  tcpEstablishedTimeout: 24h0m0s
enableProfiling: false
healthzBindAddress: 0.0.0.0:10256
hostnameOverride: ""
iptables:
  masqueradeAll: false
  masqueradeBit: 14
  minSyncPeriod: 0s
  syncPeriod: 30s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  syncPeriod: 30s
kind: KubeProxyConfiguration
metricsBindAddress: 0.0.0.0:10249
mode: "${mode}"
nodePortAddresses: null
oomScoreAdj: -998
portRange: ""`;
}

const KUBECONFIG = `kind: Config
apiVersion: v1
clusters:
- name: default
  cluster:
    server: https://cluster.example:443
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
contexts:
- name: default
  context:
    cluster: default
    user: default
current-context: default
users:
- name: default
  user:
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token`;

function daemonSet(version: string): DaemonSet {
  const labels = { 'k8s-app': 'kube-proxy' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'kube-proxy',
      namespace: 'kube-system',
      labels: { ...labels, 'eks.amazonaws.com/component': 'kube-proxy' },
    },
    spec: {
      revisionHistoryLimit: 10,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(version) },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '10%' } },
    },
  } as DaemonSet;
}

function podSpec(version: string): unknown {
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: EC2_LINUX }] },
      },
    },
    containers: [
      {
        name: 'kube-proxy',
        image: `602401143452.dkr.ecr.eu-central-1.amazonaws.com/eks/kube-proxy:${version}-minimal-eksbuild.1`,
        imagePullPolicy: 'IfNotPresent',
        command: [
          'kube-proxy',
          '--v=2',
          '--config=/var/lib/kube-proxy-config/config',
          '--hostname-override=$(NODE_NAME)',
        ],
        env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
        resources: { requests: { cpu: '100m' } },
        securityContext: { privileged: true },
        volumeMounts: [
          { mountPath: '/var/log', name: 'varlog' },
          { mountPath: '/run/xtables.lock', name: 'xtables-lock' },
          { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
          { mountPath: '/var/lib/kube-proxy/', name: 'kubeconfig' },
          { mountPath: '/var/lib/kube-proxy-config/', name: 'config' },
        ],
      },
    ],
    hostNetwork: true,
    priorityClassName: 'system-node-critical',
    restartPolicy: 'Always',
    serviceAccountName: 'kube-proxy',
    terminationGracePeriodSeconds: 30,
    tolerations: [{ operator: 'Exists' }],
    volumes: [
      { name: 'varlog', hostPath: { path: '/var/log', type: '' } },
      { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
      { name: 'lib-modules', hostPath: { path: '/lib/modules', type: '' } },
      { name: 'kubeconfig', configMap: { defaultMode: 420, name: 'kube-proxy' } },
      { name: 'config', configMap: { defaultMode: 420, name: 'kube-proxy-config' } },
    ],
  };
}

const EC2_LINUX = [
  { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
  { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
  { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'auto', 'hybrid'] },
];
