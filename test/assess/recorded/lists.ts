// The objects of a recorded cluster by the API path they are listed at. What is not here is not served: 404.
import type { KubeObject } from 'kopf-ts';
import { CUSTOM_PATHS, LIST_PATHS, type CustomList } from '../../../src/preflight/facts/snapshot.ts';
import type { RecordedCluster } from './recorded-cluster.ts';

export const CONFIG_MAPS_PATH = '/api/v1/configmaps';
export const PODS_PATH = LIST_PATHS.pods;

export function listsOf(cluster: RecordedCluster): ReadonlyMap<string, readonly KubeObject[]> {
  const builtin = Object.entries(LIST_PATHS).map(([name, path]) => [
    path,
    cluster[name as keyof typeof LIST_PATHS] as readonly KubeObject[],
  ]);
  // A CustomResourceDefinition is there where the file has objects of it, be it none.
  const custom = Object.entries(cluster.custom).map(([name, objects]) => [
    CUSTOM_PATHS[name as CustomList][0],
    objects,
  ]);
  return new Map([...builtin, ...custom, [CONFIG_MAPS_PATH, cluster.configMaps]] as [string, readonly KubeObject[]][]);
}
