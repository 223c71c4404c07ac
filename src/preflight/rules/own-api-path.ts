// A kube-proxy that reaches the API server by the kubernetes Service needs the rules of the old mode to load those of the new one. Going
// to nftables (and only there) it deletes the old ones before it asks for anything.
import type { ProxyMode } from '../../api/fields.ts';
import { ranges } from '../cidr.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { flagValue, plainEnv } from '../facts/installed.ts';
import { derive, deriveFrom, firstKnown, given, isUnseen, known, unseen, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterRule, Outcome } from '../rule.ts';
import { clusterIps } from './shared-services.ts';
import type { InDaemonSet } from './shared-kube-proxy.ts';

export const ownApiPath: ClusterRule = {
  id: 'own-api-path',
  section: 1,
  scope: 'cluster',
  title: 'kube-proxy reaches the API server by an address that it makes work itself',
  verdicts: { iptables: 'warn', ipvs: 'warn', nftables: ['block', 'warn'] },
  source: 'cmd/kube-proxy/app/server.go, platformCleanup comes before newProxyServer; inferred from that order',
  check: ({ cluster, target }) =>
    given([cluster.kubeProxy.place], (place) => {
      if (place.kind === 'absent') return undefined;
      if (place.kind !== 'daemonSet') return notVisible(target, 'kube-proxy has its kubeconfig in a file of the node');
      const server = serverOf(cluster, place);
      const forbidden = configMapsOf(cluster, place).find(isUnseen);
      if (!server.known) return forbidden ?? notVisible(target, server.why);
      const host = hostOf(server.value);
      const byName = /^kubernetes(?:\.default(?:\.svc(?:\..+)?)?)?$/.test(host);
      const isService = byName ? known(true) : isServiceAddress(cluster, host);
      return given([isService], (is) => (is ? hit(target, server.value, place) : undefined));
    }),
};

function hit(target: ProxyMode, server: string, { located, container }: InDaemonSet): Outcome {
  const consequence =
    target === 'nftables'
      ? 'starting in nftables mode, it first deletes the rules that make this address work, and then waits for the API server for ever'
      : 'it works only as long as the rules of the old mode stay, and not on a node that was just booted';
  return {
    message: `kube-proxy reaches the API server at ${server}, which is the kubernetes Service: ${consequence}.`,
    fix: [
      `kubectl -n ${located.namespace} edit configmap ${located.configMap}   # in its kubeconfig, an address that needs no kube-proxy:`,
      '    server: https://CONTROL-PLANE:6443',
      '# without a kubeconfig, the same by the environment:',
      `kubectl -n ${located.namespace} set env daemonset/${located.daemonSet} -c ${container.name} KUBERNETES_SERVICE_HOST=CONTROL-PLANE KUBERNETES_SERVICE_PORT=6443   # restarts every kube-proxy`,
    ].join('\n'),
  };
}

/**
 * Where the kubeconfig is in a Secret or in a file of the node, nobody can ever see it from here, and blocking would block every such
 * cluster: a warning. Such a kube-proxy could not start on a node that was just booted, so there are next to none.
 */
function notVisible(target: ProxyMode, why: string): Outcome {
  if (target !== 'nftables') return undefined;
  return {
    verdict: 'warn',
    message: `Which address kube-proxy reaches the API server at cannot be seen (${why}): if it is the ClusterIP of the kubernetes Service, kube-proxy cuts its own way when it starts in nftables mode.`,
    fix: "On a node, in the kubeconfig kube-proxy is given: server: has to be the control plane's own address.\nkubectl get service kubernetes   # the address it must not be",
  };
}

/** --master wins; without a kubeconfig, kube-proxy takes what the kubelet puts into every pod's environment: the Service. */
function serverOf({ kubeProxy }: ClusterFacts, { container }: InDaemonSet): Known<string> {
  const master = flagValue(valueOr(kubeProxy.words, []), '--master');
  if (master !== undefined) return known(master);
  const config = valueOr(kubeProxy.config, undefined);
  if (config?.textAt(['clientConnection', 'kubeconfig']) === '')
    return known(plainEnv(container)['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc');
  return kubeProxy.apiServer;
}

function configMapsOf(cluster: ClusterFacts, { daemonSet, located }: InDaemonSet): readonly Known<unknown>[] {
  const volumes = daemonSet.spec?.template?.spec?.volumes ?? [];
  const names = volumes.flatMap(({ configMap }) => configMap?.name ?? []);
  return names.map((name) => cluster.configMap(`${located.namespace}/${name}`));
}

/** The Service tells; where it cannot be seen, the range Services have their addresses from. */
function isServiceAddress({ services, serviceRanges }: ClusterFacts, host: string): Known<boolean> {
  const own = deriveFrom([services], (all) => {
    const found = all.find(({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes');
    return found === undefined ? unseen('there is no Service default/kubernetes') : known(clusterIps(found));
  });
  return firstKnown(
    derive([own], (ips) => ips.includes(host)),
    derive([serviceRanges], (cidrs) => ranges(cidrs).has(host)),
  );
}

/** https://10.96.0.1:443, https://[fd00::1], 10.96.0.1 → the host alone. */
function hostOf(server: string): string {
  const url = URL.parse(server.includes('://') ? server : `https://${server}`);
  return url === null ? server : url.hostname.replace(/^\[(.*)\]$/, '$1');
}
