// Where requests go: URL paths of the Kubernetes API, and the words for them in messages.
import { resourceName } from '../resource-key.ts';
import type { Ref, Resource, Selection } from '../types.ts';
import type { RequestSpec } from './request.ts';

export function collectionPath(resource: Resource, namespace?: string): string {
  const group = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${group}${scope}/${resource.plural}`;
}

function objectPath(resource: Resource, ref: Ref, subresource?: string): string {
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

export function selectorQuery(selection: Selection): Record<string, string> {
  return {
    ...(selection.labelSelector === undefined ? {} : { labelSelector: selection.labelSelector }),
    ...(selection.fieldSelector === undefined ? {} : { fieldSelector: selection.fieldSelector }),
  };
}

/** `"x" in namespace "y"`: which object or collection, for messages. */
export function describePlace(resource: Resource, ref: Partial<Ref>): string {
  const name = ref.name === undefined ? '' : ` "${ref.name}"`;
  if (!resource.namespaced) return `${name} at the cluster scope`.trim();
  return (ref.namespace === undefined ? `${name} in all namespaces` : `${name} in namespace "${ref.namespace}"`).trim();
}

/** The address of one object and how to speak of it. */
export function on(
  resource: Resource,
  ref: Ref,
  subresource?: string,
): Pick<RequestSpec, 'resource' | 'place' | 'path'> {
  const name = resourceName(resource);
  return {
    resource: subresource === undefined ? name : `${name}/${subresource}`,
    place: describePlace(resource, ref),
    path: objectPath(resource, ref, subresource),
  };
}
