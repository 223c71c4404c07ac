// The lists and ConfigMaps a preflight reads, each once. What may not be read, or is not served, is part of the answer.
import { ApiError, type Client, type KubeObject, type Resource } from 'kopf-ts';
import { configMapsToRead } from '../preflight/facts/config-maps.ts';
import type { ConfigMap, DaemonSet } from '../preflight/facts/objects.ts';
import { CUSTOM_PATHS, LIST_PATHS, type CustomList, type Listed, type Snapshot } from '../preflight/facts/snapshot.ts';
import { known, unseen, valueOr, type Known } from '../preflight/known.ts';
import { inParallel } from './in-parallel.ts';
import { slim, slimEndpointSlice, slimNode, slimPod, slimService, slimWorkload } from './slim.ts';

/** Requests at the same time. */
const AT_ONCE = 4;
const PAGE = 500;

export type SnapshotOptions = {
  readonly signal?: AbortSignal;
  /** Called when one more of them has been read. */
  readonly progress?: (done: number, of: number) => void;
};

export type Reader = Pick<Client, 'list' | 'get' | 'version' | 'apiGroups'>;

/** Lists are named as in a Snapshot. */
type ListName = keyof typeof LIST_PATHS | CustomList;

/**
 * Everything but what nodes themselves say (`readings`, `probes`). What the API server refuses, or fails to give, is unseen
 * with its reason. Rejects when the signal fires, and when something is wrong on our side (no credentials to be had).
 */
export async function takeSnapshot(client: Reader, options: SnapshotOptions = {}): Promise<Snapshot> {
  const found = new Map<string, Listed<KubeObject>>();
  const configMaps: Record<string, Known<ConfigMap | undefined>> = {};
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ...Object.entries(LIST_PATHS).map(([name, path]) => [name, [path]] as const),
    ...Object.entries(CUSTOM_PATHS),
  ];
  let done = 0;
  const tell = (): void => options.progress?.(++done, lists.length + 1);
  await inParallel(lists, AT_ONCE, async ([name, paths]) => {
    found.set(name, await listFirst(client, paths, options));
    tell();
  });
  const listed = <T>(name: ListName): Listed<T> => (found.get(name) ?? unseen(`${name} were not listed`)) as Listed<T>;
  const daemonSets = listed<DaemonSet>('daemonSets');
  await inParallel(configMapsToRead(valueOr(daemonSets, [])), AT_ONCE, async (name) => {
    configMaps[name] = await readConfigMap(client, name, options);
  });
  const serverVersion = await attempt('reading the version', options, () => client.version(control(options)));
  tell();
  const customNames = Object.keys(CUSTOM_PATHS) as readonly CustomList[];
  return {
    serverVersion,
    nodes: listed('nodes'),
    namespaces: listed('namespaces'),
    pods: listed('pods'),
    daemonSets,
    deployments: listed('deployments'),
    services: listed('services'),
    endpointSlices: listed('endpointSlices'),
    serviceCidrs: listed('serviceCidrs'),
    validatingWebhooks: listed('validatingWebhooks'),
    mutatingWebhooks: listed('mutatingWebhooks'),
    apiServices: listed('apiServices'),
    configMaps,
    custom: Object.fromEntries(customNames.map((name) => [name, listed(name)])) as Snapshot['custom'],
    readings: {},
    probes: {},
  };
}

/** The first path that is served counts; an API that is served nowhere has no objects. */
async function listFirst(
  client: Reader,
  paths: readonly string[],
  options: SnapshotOptions,
): Promise<Listed<KubeObject>> {
  for (const path of paths) {
    const resource = resourceAt(path);
    const items = await attempt(`listing ${nameOf(resource)}`, options, () => listIfServed(client, resource, options));
    if (!items.known) return items;
    if (items.value !== undefined) return known(items.value);
  }
  return known([]);
}

/** undefined: there is no such API. */
async function listIfServed(
  client: Reader,
  resource: Resource,
  options: SnapshotOptions,
): Promise<readonly KubeObject[] | undefined> {
  const project = PROJECTIONS[resource.plural] ?? slim;
  try {
    return (await client.list(resource, { pageSize: PAGE, project }, control(options))).items;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Rights are looked at before anything else: whoever may not list a kind that does not exist gets the same answer.
    const isAbsent = error.status === 404 || (error.status === 403 && !(await isServed(client, resource, options)));
    if (isAbsent) return undefined;
    throw error;
  }
}

async function isServed(client: Reader, { group }: Resource, options: SnapshotOptions): Promise<boolean> {
  return group === '' || (await client.apiGroups(control(options))).has(group);
}

const PROJECTIONS: Readonly<Record<string, <T extends KubeObject>(object: T) => T>> = {
  pods: slimPod,
  daemonsets: slimWorkload,
  deployments: slimWorkload,
  services: slimService,
  nodes: slimNode,
  endpointslices: slimEndpointSlice,
};

function readConfigMap(client: Reader, path: string, options: SnapshotOptions): Promise<Known<ConfigMap | undefined>> {
  const [namespace = '', name = ''] = path.split('/');
  return attempt(`reading ConfigMap ${path}`, options, async () => {
    const configMap = await client.get(CONFIG_MAPS, { namespace, name }, control(options));
    return configMap === undefined ? undefined : slim(configMap);
  });
}

/** `doing` begins the reason: "listing pods is forbidden". */
async function attempt<T>(doing: string, { signal }: SnapshotOptions, read: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await read());
  } catch (error) {
    // A request that was called off says nothing about the cluster.
    signal?.throwIfAborted();
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 403) return unseen(`${doing} is forbidden`);
    if (error.status === 401) return unseen(`${doing} needs other credentials (401)`);
    return unseen(`${doing} failed: ${error.message}`);
  }
}

function control({ signal }: SnapshotOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

const CONFIG_MAPS: Resource<KubeObject & ConfigMap> = resourceAt('/api/v1/configmaps');

/** From `/api/v1/nodes` or `/apis/apps/v1/daemonsets`. All namespaces of a namespaced kind are listed at the same path. */
function resourceAt<T extends KubeObject>(path: string): Resource<T> {
  const [root, ...rest] = path.split('/').slice(1);
  const [group, version = '', plural = ''] = root === 'api' ? ['', ...rest] : rest;
  return { group: group ?? '', version, plural, kind: plural, namespaced: plural === 'configmaps' };
}

/** As RBAC and `kubectl auth can-i` write it: daemonsets.apps. */
function nameOf({ group, plural }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}
