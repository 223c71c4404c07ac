// Where requests go: URL paths of the Kubernetes API, and the words for them in messages.
import { resourceName } from '../resource-key.ts';
import type { Ref, Resource, Selection } from '../types.ts';
import type { RequestSpec } from './request.ts';

/**
 * The most a name may be to stand in a URL path: what the API server itself asks of every name (k8s.io/apimachinery,
 * IsValidPathSegmentName), and that there is one. An empty name would turn "delete this" into "delete all of these", and
 * `..` would be folded away on the wire. Throws Error.
 */
function segment(what: string, value: string): string {
  const fits = value !== '' && value !== '.' && value !== '..' && !/[/%]/.test(value) && value.isWellFormed();
  if (!fits) throw new Error(`${JSON.stringify(value.slice(0, 80))} cannot be the name of a ${what}: nothing was sent`);
  return encodeURIComponent(value);
}

/** Throws Error when the namespace cannot be one. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const group = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment('namespace', namespace)}` : '';
  return `${group}${scope}/${resource.plural}`;
}

function objectPath(resource: Resource, ref: Ref, subresource?: string): string {
  const path = `${collectionPath(resource, ref.namespace)}/${segment(resource.kind, ref.name)}`;
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

/** The address of one object and how to speak of it. Throws Error when name or namespace cannot be one. */
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
