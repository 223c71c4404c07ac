// Which image runs kube-proxy on each node, and where it can be asked: a helper pod made of that image needs no registry. It runs as root on
// the node's network, so what is believed is what the operator believes: a DaemonSet of kube-system, or the one a person has named.
import type { Client, KubeObject, Resource } from 'kopf-ts';
import { runsKubeProxy } from '../../kubeproxy/command-line.ts';
import { readConfig } from '../../kubeproxy/config-read.ts';
import { locate, type Located } from '../../kubeproxy/locate.ts';
import { madeBy } from '../../operator/project.ts';
import { CONFIG_MAPS, DAEMON_SETS, type DaemonSetObject } from '../../operator/resources.ts';
import type { Pod } from '../../preflight/facts/objects.ts';
import { CommandError } from '../command-error.ts';

export type KubeProxies = {
  readonly imageOn: (node: string) => string | undefined;
  /** Where they were looked for. */
  readonly namespace: string;
  /** Of /proxyMode and /configz. */
  readonly port: number;
  /** As it is written in its ConfigMap; undefined where it has none. */
  readonly config: string | undefined;
};

/** A DaemonSet that a person has named. */
export type Named = { readonly namespace: string; readonly name: string };

type PodObject = KubeObject & { readonly spec?: Pod['spec'] };

const PODS: Resource<PodObject> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
/** Where only the cluster's own may make anything; in every other namespace, somebody who is no administrator might. */
const OWN_NAMESPACE = 'kube-system';
/** ports.ProxyStatusPort, pkg/cluster/ports/ports.go. */
const METRICS_PORT = 10249;
const PAGE = 500;

/** Throws ApiError, and CommandError where there is no DaemonSet of that name. */
export async function findKubeProxies(
  client: Client,
  named: Named | undefined,
  signal: AbortSignal,
): Promise<KubeProxies> {
  const namespace = named?.namespace ?? OWN_NAMESPACE;
  const daemonSets = await daemonSetsIn(client, namespace, named?.name, signal);
  const located = locate(daemonSets, named);
  const place = located.kind === 'located' ? located : undefined;
  const selection = { namespace, labelSelector: place?.selector ?? '' };
  const { items: pods } = await client.list(PODS, { ...selection, pageSize: PAGE }, { signal });
  const isOwn = ownPods(daemonSets, { place, orStatic: place === undefined && named === undefined });
  const images = new Map(pods.filter(isOwn).flatMap((pod) => imageIn(pod, place)));
  const config = place === undefined ? undefined : await configOf(client, place, signal);
  const read = config === undefined ? undefined : readConfig(config);
  return {
    imageOn: (node) => images.get(node),
    namespace,
    port: read?.kind === 'config' ? read.metricsPort : METRICS_PORT,
    config,
  };
}

async function daemonSetsIn(
  client: Client,
  namespace: string,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly DaemonSetObject[]> {
  const { items } = await client.list(DAEMON_SETS, { namespace }, { signal });
  if (name === undefined) return items;
  const own = items.filter(({ metadata }) => metadata.name === name);
  if (own.length > 0) return own;
  throw new CommandError(`there is no DaemonSet ${namespace}/${name}: correct what --daemon-set says`);
}

type Owner = { readonly place: Located | undefined; readonly orStatic: boolean };

/** Where none was located, any of them may have made it: several run kube-proxy, or its configuration is in flags. */
function ownPods(daemonSets: readonly DaemonSetObject[], { place, orStatic }: Owner): (pod: KubeObject) => boolean {
  const owners = daemonSets.filter(({ metadata }) => place === undefined || metadata.name === place.daemonSet);
  const tests = owners.map(({ metadata }) => madeBy(metadata));
  return (pod) => tests.some((isMine) => isMine(pod)) || (orStatic && isStatic(pod));
}

/** A static pod's mirror is its Node's. */
function isStatic({ metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Node' && controller === true) === true;
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
