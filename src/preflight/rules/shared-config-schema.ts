// The fields of KubeProxyConfiguration, to tell the ones kube-proxy reads from the ones it drops with a log line.
// staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go up to 1.37, component-base/config/v1alpha1 and component-base/logs/api/v1.

/** Sections that are open, or of somebody else: what is below them is not looked at. */
const OPEN = ['featureGates', 'logging'] as const;

const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  clientConnection: ['kubeconfig', 'acceptContentTypes', 'contentType', 'qps', 'burst'],
  iptables: [
    'masqueradeBit',
    'masqueradeAll',
    'localhostNodePorts',
    'snatNodeInternalIP',
    'syncPeriod',
    'minSyncPeriod',
  ],
  ipvs: [
    'syncPeriod',
    'minSyncPeriod',
    'scheduler',
    'excludeCIDRs',
    'strictARP',
    'tcpTimeout',
    'tcpFinTimeout',
    'udpTimeout',
  ],
  nftables: ['masqueradeBit', 'masqueradeAll', 'syncPeriod', 'minSyncPeriod'],
  winkernel: ['networkName', 'sourceVip', 'enableDSR', 'rootHnsEndpointName', 'forwardHealthCheckVip'],
  detectLocal: ['bridgeInterface', 'interfaceNamePrefix'],
  conntrack: [
    'maxPerCore',
    'min',
    'tcpEstablishedTimeout',
    'tcpCloseWaitTimeout',
    'tcpBeLiberal',
    'udpTimeout',
    'udpStreamTimeout',
  ],
};

const TOP = [
  'apiVersion',
  'kind',
  'hostnameOverride',
  'bindAddress',
  'healthzBindAddress',
  'metricsBindAddress',
  'bindAddressHardFail',
  'enableProfiling',
  'showHiddenMetricsForVersion',
  'mode',
  'detectLocalMode',
  'clusterCIDR',
  'nodePortAddresses',
  'oomScoreAdj',
  'configSyncPeriod',
  'portRange',
  'windowsRunAsService',
];

/** Gone from newer versions, and of no effect there: configurations keep them for years. */
const RETIRED = ['udpIdleTimeout', 'resourceContainer', 'conntrack.max'];

const FIELDS: readonly string[] = [
  ...TOP,
  ...OPEN,
  ...Object.entries(SECTIONS).flatMap(([section, fields]) => [
    section,
    ...fields.map((field) => `${section}.${field}`),
  ]),
];
const KNOWN: ReadonlySet<string> = new Set([...FIELDS, ...RETIRED]);

export type StrayField = {
  /** `ipvs.strictArp`. */
  readonly path: string;
  /** Where a field of this name belongs, in whatever letters: `ipvs.strictARP`. Empty when no field is called so. */
  readonly meant: readonly string[];
};

/** Fields kube-proxy would drop. Names count letter by letter, as in its decoder. */
export function strayFields(config: Readonly<Record<string, unknown>>): readonly StrayField[] {
  const paths = Object.entries(config).flatMap(([name, value]) => [name, ...below(name, value)]);
  return paths.filter((path) => !KNOWN.has(path)).map((path) => ({ path, meant: sameName(path) }));
}

/** Of a section that is none, the section itself is the finding. */
function below(section: string, value: unknown): readonly string[] {
  if (SECTIONS[section] === undefined || typeof value !== 'object' || value === null) return [];
  return Object.keys(value).map((name) => `${section}.${name}`);
}

function sameName(path: string): readonly string[] {
  const wanted = lastPart(path).toLowerCase();
  return FIELDS.filter((field) => lastPart(field).toLowerCase() === wanted);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
