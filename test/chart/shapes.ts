// The four sets of rights the chart's README lists, as values for `--set`, and one with everything that is off by default.

const NO_CRDS = 'crds.enabled=false';
const SSH = [
  'nodeAccess.ssh.enabled=true',
  'nodeAccess.ssh.secrets={nodes-ssh}',
  'nodeAccess.ssh.configMaps={known-hosts}',
];

export const SHAPES: Readonly<Record<string, readonly string[]>> = {
  'assess-only': [NO_CRDS, 'operator.enabled=false'],
  'api-only': [NO_CRDS, 'nodeAccess.pod=false', 'nodeAccess.none=true'],
  'helper-pods': [NO_CRDS],
  ssh: [NO_CRDS, 'nodeAccess.pod=false', ...SSH],
  everything: [
    NO_CRDS,
    ...SSH,
    'nodeAccess.none=true',
    'apiServer.host=api.example.org',
    'image.registry=mirror.example.org:5000',
    `image.digest=sha256:${'0123456789abcdef'.repeat(4)}`,
    'imagePullSecrets={pull}',
    'metrics.monitor=ServiceMonitor',
    'metrics.rules.enabled=true',
    'metrics.labels.release=prometheus',
    'networkPolicy.enabled=true',
    'priorityClass.create=true',
    'rbac.aggregateToEdit=true',
  ],
};
