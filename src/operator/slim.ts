// Objects of a snapshot without what no rule reads and big clusters have much of. What is kept of pods, workloads, nodes, Services and
// EndpointSlices is what `preflight/facts/objects.ts` names: a field that is new there has to be added here.
import type { KubeObject } from 'kopf-ts';
import { bounded } from './bounded.ts';

type Loose = Readonly<Record<string, unknown>>;

/** As large as the object itself, and says nothing that the object does not say. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Who manages an object is kept, the list of the fields each manages is not. */
export function slim<T extends KubeObject>(object: T): T {
  const { managedFields, annotations, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: bounded({
      ...metadata,
      ...(annotations === undefined ? {} : { annotations: withoutLastApplied(annotations) }),
      ...(managedFields === undefined
        ? {}
        : { managedFields: managedFields.map(({ fieldsV1: _fields, ...manager }) => manager) }),
    }),
  };
}

export function slimPod<T extends KubeObject>(pod: T): T {
  const { spec, status } = parts(pod);
  return {
    ...slim(pod),
    spec: podSpec(spec),
    status: bounded(pick(status, ['phase', 'podIP', 'startTime', 'conditions', 'containerStatuses'])),
  };
}

/** A DaemonSet or a Deployment. */
export function slimWorkload<T extends KubeObject>(workload: T): T {
  const { spec, status } = parts(workload);
  const { template } = spec as { readonly template?: KubeObject };
  return {
    ...slim(workload),
    spec: {
      ...bounded(pick(spec, ['selector', 'updateStrategy'])),
      ...(template === undefined ? {} : { template: slimTemplate(template) }),
    },
    status: pick(status, WORKLOAD_STATUS),
  };
}

const WORKLOAD_STATUS = [
  'desiredNumberScheduled',
  'updatedNumberScheduled',
  'numberReady',
  'numberUnavailable',
  'observedGeneration',
];

function slimTemplate(template: KubeObject): Loose {
  const { metadata } = template as Partial<KubeObject>;
  return { ...(metadata === undefined ? {} : slim({ metadata })), spec: podSpec(parts(template).spec) };
}

export function slimService<T extends KubeObject>(service: T): T {
  const { spec, status } = parts(service);
  return {
    ...slim(service),
    // All its ports: each counts, and where one clashes it is one that a rule has to see.
    spec: { ...bounded(pick(spec, SERVICE_FIELDS)), ...pick(spec, ['ports']) },
    status: pick(status, ['loadBalancer']),
  };
}

const SERVICE_FIELDS = [
  'type',
  'clusterIP',
  'clusterIPs',
  'ipFamilies',
  'externalIPs',
  'externalTrafficPolicy',
  'internalTrafficPolicy',
  'healthCheckNodePort',
  'loadBalancerIP',
  'allocateLoadBalancerNodePorts',
  'sessionAffinity',
  'selector',
];

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
const VOLUME_FIELDS = ['name', 'configMap', 'projected', 'hostPath'];

function podSpec(spec: Loose): Loose {
  return bounded({
    ...pick(spec, ['nodeSelector', 'hostNetwork', 'nodeName']),
    ...listIn(spec, 'volumes', VOLUME_FIELDS),
    ...listIn(spec, 'containers', CONTAINER_FIELDS),
    ...listIn(spec, 'initContainers', CONTAINER_FIELDS),
  });
}

function listIn(spec: Loose, field: string, fields: readonly string[]): Loose {
  const found = spec[field];
  if (!Array.isArray(found)) return {};
  return { [field]: found.map((one: Loose) => pick(one, fields)) };
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
