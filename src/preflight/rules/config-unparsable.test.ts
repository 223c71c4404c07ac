import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { configUnparsable } from './config-unparsable.ts';

const head = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
/** As kubeadm 1.36 writes it, every field with its zero value. */
const kubeadm = `${head}bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
  qps: 0
clusterCIDR: 10.244.0.0/16
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
  udpStreamTimeout: 0s
  udpTimeout: 0s
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: false
  syncPeriod: 0s
  tcpFinTimeout: 0s
  tcpTimeout: 0s
  udpTimeout: 0s
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
metricsBindAddress: ""
mode: ""
nftables:
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel:
  enableDSR: false
  forwardHealthCheckVip: false
  networkName: ""
  rootHnsEndpointName: ""
  sourceVip: ""
`;

testRule(configUnparsable, {
  'passes what kubeadm writes': { target: 'nftables', config: kubeadm, finds: 'nothing' },
  'passes feature gates and a field of old': {
    target: 'nftables',
    config: `${head}featureGates:\n  NFTablesProxyMode: true\nudpIdleTimeout: 250ms\n`,
    finds: 'nothing',
  },
  'blocks what is no YAML': { target: 'nftables', config: `${head}mode: [`, finds: 'block', says: 'not valid YAML' },
  'blocks another kind': {
    target: 'ipvs',
    config: 'apiVersion: v1\nkind: Config\nclusters: []\n',
    finds: 'block',
    says: 'kind "Config"',
  },
  'blocks another version': {
    target: 'iptables',
    config: 'apiVersion: kubeproxy.config.k8s.io/v1beta1\nkind: KubeProxyConfiguration\n',
    finds: 'block',
    says: 'v1beta1',
  },
  'blocks a field in the wrong place': {
    target: 'ipvs',
    config: `${head}mode: ipvs\nipvs:\nscheduler: rr\n`,
    finds: 'block',
    says: ['`scheduler` (line 5)', 'write it as `ipvs.scheduler`', 'kubectl -n kube-system edit configmap kube-proxy'],
  },
  'blocks a field in other letters': {
    target: 'ipvs',
    config: `${head}mode: ipvs\nipvs:\n  strictArp: true\n`,
    finds: 'block',
    says: ['`ipvs.strictArp` (line 5)', '`ipvs.strictARP`'],
  },
  'blocks a field nobody knows': {
    target: 'nftables',
    config: `${head}nftables:\n  fast: true\n`,
    finds: 'block',
    says: ['`nftables.fast` (line 4)', 'no such field is known'],
  },
  'warns of one that a newer kube-proxy may know': {
    target: 'nftables',
    version: 'v1.39.0',
    config: `${head}dataplane:\n  fast: true\n`,
    finds: 'warn',
  },
  'blocks a metrics address that is none': {
    target: 'nftables',
    config: `${head}metricsBindAddress: "here:there"\n`,
    finds: 'block',
    says: 'metricsBindAddress',
  },
  'reads a file of the nodes': {
    target: 'nftables',
    proxy: null,
    fileOnNodes: `${head}Mode: ipvs\n`,
    finds: 'block',
    says: 'the file kube-proxy',
  },
  'has nothing to say where there is no file': { target: 'nftables', proxy: null, finds: 'nothing' },
  'does not know what it may not read': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
