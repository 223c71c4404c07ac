// How resources and objects are named in maps, metrics, logs and messages.
import type { KubeObject, Ref, Resource } from './types.ts';

/** `pods`, `deployments.apps`: kubectl's and RBAC's way of writing a resource. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** Identity of a resource, version included. */
export function resourceKey(resource: Resource): string {
  return `${resourceName(resource)}/${resource.version}`;
}

export function apiVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, or `name` for cluster-scoped objects. Neither part can hold a slash. */
export function objectKey(ref: Ref): string {
  return ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
}

export function refOf(object: KubeObject): Ref {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

export function parseKey(key: string): Ref {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
