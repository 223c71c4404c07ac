// Objects of a snapshot without what no rule reads and big clusters have much of. What is kept of pods, nodes and
// EndpointSlices is what `preflight/facts/objects.ts` names: a field that is new there has to be added here.
import type { KubeObject } from 'kopf-ts';

type Loose = Readonly<Record<string, unknown>>;

/** As large as the object itself, and says nothing that the object does not say. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Who manages an object is kept, the list of the fields each manages is not. */
export function slim<T extends KubeObject>(object: T): T {
  const { managedFields, annotations, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(annotations === undefined ? {} : { annotations: withoutLastApplied(annotations) }),
      ...(managedFields === undefined
        ? {}
        : { managedFields: managedFields.map(({ fieldsV1: _fields, ...manager }) => manager) }),
    },
  };
}

export function slimPod<T extends KubeObject>(pod: T): T {
  const { spec, status } = parts(pod);
  return {
    ...slim(pod),
    spec: {
      ...pick(spec, ['nodeSelector', 'volumes', 'hostNetwork', 'nodeName']),
      ...containersIn(spec, 'containers'),
      ...containersIn(spec, 'initContainers'),
    },
    status: pick(status, ['phase', 'podIP', 'startTime', 'conditions', 'containerStatuses']),
  };
}

/** A Node's list of images is four fifths of it. */
export function slimNode<T extends KubeObject>(node: T): T {
  const { spec, status } = parts(node);
  return {
    ...slim(node),
    spec: pick(spec, ['podCIDR', 'podCIDRs', 'providerID', 'unschedulable', 'taints']),
    status: pick(status, ['addresses', 'capacity', 'conditions', 'nodeInfo']),
  };
}

/** Endpoints are the most numerous of all: which pod each is, and in which zone, is not asked. */
export function slimEndpointSlice<T extends KubeObject>(slice: T): T {
  const { endpoints } = slice as { readonly endpoints?: readonly Loose[] | null };
  if (!Array.isArray(endpoints)) return slim(slice);
  return { ...slim(slice), endpoints: endpoints.map((one) => pick(one, ['addresses', 'conditions', 'nodeName'])) };
}

const CONTAINER_FIELDS = ['name', 'image', 'command', 'args', 'env', 'ports', 'securityContext', 'volumeMounts'];

function containersIn(spec: Loose, field: 'containers' | 'initContainers'): Loose {
  const found = spec[field];
  if (!Array.isArray(found)) return {};
  return { [field]: found.map((one: Loose) => pick(one, CONTAINER_FIELDS)) };
}

function withoutLastApplied(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [LAST_APPLIED]: _applied, ...others } = annotations;
  return others;
}

function parts(object: KubeObject): { readonly spec: Loose; readonly status: Loose } {
  const { spec = {}, status = {} } = object as { readonly spec?: Loose; readonly status?: Loose };
  return { spec, status };
}

function pick(from: Loose, fields: readonly string[]): Loose {
  return Object.fromEntries(fields.flatMap((field) => (from[field] === undefined ? [] : [[field, from[field]]])));
}
