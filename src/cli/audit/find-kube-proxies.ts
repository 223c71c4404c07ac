// Which image runs kube-proxy on each node, and where it can be asked: a helper pod made of that image needs no registry.
import type { Client, KubeObject, Resource } from 'kopf-ts';
import { runsKubeProxy } from '../../kubeproxy/command-line.ts';
import { readConfig } from '../../kubeproxy/config-read.ts';
import { locate, type Located } from '../../kubeproxy/locate.ts';
import { CONFIG_MAPS, DAEMON_SETS } from '../../operator/resources.ts';
import type { Pod } from '../../preflight/facts/objects.ts';

export type KubeProxies = {
  readonly imageOn: (node: string) => string | undefined;
  /** Of /proxyMode and /configz. */
  readonly port: number;
  /** As it is written in its ConfigMap; undefined where it has none. */
  readonly config: string | undefined;
};

type PodObject = KubeObject & Pod;

const PODS: Resource<PodObject> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
/** ports.ProxyStatusPort, pkg/cluster/ports/ports.go. */
const METRICS_PORT = 10249;
const PAGE = 500;

/** Throws ApiError. */
export async function findKubeProxies(client: Client, signal: AbortSignal): Promise<KubeProxies> {
  const { items: daemonSets } = await client.list(DAEMON_SETS, {}, { signal });
  const located = locate(daemonSets);
  const place = located.kind === 'located' ? located : undefined;
  // One that is in no DaemonSet may be a static pod.
  const selection = { namespace: place?.namespace ?? 'kube-system', labelSelector: place?.selector ?? '' };
  const { items: pods } = await client.list(PODS, { ...selection, pageSize: PAGE }, { signal });
  const images = new Map(pods.flatMap((pod) => imageIn(pod, place)));
  const config = place === undefined ? undefined : await configOf(client, place, signal);
  const read = config === undefined ? undefined : readConfig(config);
  return {
    imageOn: (node) => images.get(node),
    port: read?.kind === 'config' ? read.metricsPort : METRICS_PORT,
    config,
  };
}

function imageIn({ spec }: PodObject, place: Located | undefined): readonly (readonly [string, string])[] {
  const container = spec?.containers?.find((one) =>
    place === undefined ? runsKubeProxy(one) : one.name === place.container,
  );
  const { image } = container ?? {};
  return spec?.nodeName === undefined || image === undefined ? [] : [[spec.nodeName, image]];
}

async function configOf(
  client: Client,
  { namespace, configMap: name, key }: Located,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await client.get(CONFIG_MAPS, { namespace, name }, { signal });
  return found?.data?.[key];
}
