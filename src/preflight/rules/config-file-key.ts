// From the container's --config to the ConfigMap and key behind it. Names differ between distributions and are never assumed.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule, Outcome } from '../rule.ts';
import type { ClusterFacts, KubeProxyPlace } from '../facts/cluster.ts';
import type { ConfigMap } from '../facts/objects.ts';
import type { InDaemonSet } from './shared-kube-proxy.ts';

export const configFileKey: ClusterRule = {
  id: 'config-file-key',
  section: 1,
  scope: 'cluster',
  title: "kube-proxy's configuration is in no ConfigMap that can be found",
  verdicts: everyMode('block'),
  source: 'cmd/kube-proxy/app/options.go, --config; layouts of kubeadm, EKS, OpenShift and Talos',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.kubeProxy.place], (place) => {
      if (place.kind === 'unresolved') return unresolved(place);
      return place.kind === 'daemonSet' ? missing(cluster, place) : undefined;
    }),
};

function unresolved({ problem, daemonSet }: Extract<KubeProxyPlace, { readonly kind: 'unresolved' }>): Outcome {
  const name = daemonSet?.metadata.name ?? 'NAME';
  const namespace = daemonSet?.metadata.namespace ?? 'kube-system';
  return {
    message: problem.message,
    fix: [
      '# in the migration: where kube-proxy has its configuration from',
      'spec:',
      '  kubeProxy:',
      '    daemonSet:',
      `      namespace: ${namespace}`,
      `      name: ${name}`,
      '      configMap: CONFIGMAP',
      '      key: KEY',
      `# what it mounts: kubectl -n ${namespace} get daemonset ${name} -o yaml`,
    ].join('\n'),
  };
}

function missing(cluster: ClusterFacts, { located }: InDaemonSet): Outcome {
  const { namespace, configMap, key } = located;
  return given([cluster.configMap(`${namespace}/${configMap}`)], (found: ConfigMap | undefined) => {
    if (found?.data?.[key] !== undefined) return undefined;
    const keys = Object.keys(found?.data ?? {});
    const what =
      found === undefined
        ? `ConfigMap ${namespace}/${configMap} does not exist`
        : `ConfigMap ${namespace}/${configMap} has no key ${key} (it has ${keys.length === 0 ? 'none' : keys.join(', ')})`;
    return {
      message: `DaemonSet ${located.daemonSet} reads ${key} of ConfigMap ${configMap}, but ${what}: a kube-proxy that is restarted now does not start.`,
      fix: `kubectl -n ${namespace} get configmap ${configMap} -o yaml   # put kube-proxy's configuration under ${key}`,
    };
  });
}
