// The printed columns of the built-in kinds: the ones people look at, computed as kubernetes pkg/printers/internalversion
// does, without its rarer cases (init containers, readiness gates).
import type { Stored } from '../types.ts';
import { age } from './age.ts';
import { at, isObject, text } from './json.ts';
import type { Column } from './served.ts';

type Value = Column['value'];

function column(name: string, value: Value, rest: { type?: string; priority?: number } = {}): Column {
  return { name, type: rest.type ?? 'string', priority: rest.priority ?? 0, value };
}

const name: Column = { ...column('Name', (object) => object.metadata.name), format: 'name' };
const ageColumn = column('Age', (object, now) => age(object.metadata.creationTimestamp, now));

function field(...path: readonly string[]): Value {
  return (object) => orNone(at(object, ...path));
}

function orNone(value: unknown): unknown {
  return value === undefined || value === '' ? '<none>' : value;
}

function number(title: string, ...path: readonly string[]): Column {
  return column(title, (object) => at(object, ...path) ?? 0, { type: 'integer' });
}

function items(object: Stored, ...path: readonly string[]): readonly unknown[] {
  const list = at(object, ...path);
  return Array.isArray(list) ? list : [];
}

function nodeStatus(node: Stored): string {
  const ready = items(node, 'status', 'conditions').find((condition) => at(condition, 'type') === 'Ready');
  const status = ready === undefined ? 'Unknown' : at(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

const ROLE = 'node-role.kubernetes.io/';

function nodeRoles(node: Stored): string {
  const labels = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(ROLE));
  return labels.length === 0
    ? '<none>'
    : labels
        .map((label) => label.slice(ROLE.length))
        .toSorted()
        .join(',');
}

function nodeAddress(type: string): Value {
  return (node) =>
    orNone(
      at(
        items(node, 'status', 'addresses').find((address) => at(address, 'type') === type),
        'address',
      ),
    );
}

function podReady(pod: Stored): string {
  const ready = items(pod, 'status', 'containerStatuses').filter((status) => at(status, 'ready') === true);
  return `${ready.length}/${items(pod, 'spec', 'containers').length}`;
}

function podRestarts(pod: Stored): string {
  const restarts = items(pod, 'status', 'containerStatuses').map((status) => Number(at(status, 'restartCount') ?? 0));
  return String(restarts.reduce((sum, count) => sum + count, 0));
}

function podStatus(pod: Stored): unknown {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const states = items(pod, 'status', 'containerStatuses').map((status) => at(status, 'state'));
  const reasons = states.flatMap((state) => at(state, 'waiting', 'reason') ?? at(state, 'terminated', 'reason') ?? []);
  return reasons[0] ?? at(pod, 'status', 'reason') ?? at(pod, 'status', 'phase') ?? 'Unknown';
}

function servicePorts(service: Stored): string {
  const ports = items(service, 'spec', 'ports').map((port) => {
    const nodePort = text(at(port, 'nodePort'));
    return `${text(at(port, 'port'))}${nodePort === '' ? '' : `:${nodePort}`}/${text(at(port, 'protocol')) || 'TCP'}`;
  });
  return ports.length === 0 ? '<none>' : ports.join(',');
}

function nodeSelector(daemonSet: Stored): string {
  const selector = at(daemonSet, 'spec', 'template', 'spec', 'nodeSelector');
  const pairs = isObject(selector) ? Object.entries(selector).map(([key, value]) => `${key}=${text(value)}`) : [];
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

function regarding(event: Stored): string {
  return `${text(at(event, 'regarding', 'kind')).toLowerCase()}/${text(at(event, 'regarding', 'name'))}`;
}

function endpoints(slice: Stored): string {
  const addresses = items(slice, 'endpoints')
    .flatMap((endpoint) => at(endpoint, 'addresses') ?? [])
    .map(text);
  return addresses.length === 0 ? '<unset>' : addresses.join(',');
}

function size(value: unknown): number {
  return isObject(value) ? Object.keys(value).length : 0;
}

const lastSeen: Value = (event, now) =>
  age(
    at(event, 'series', 'lastObservedTime') ?? at(event, 'eventTime') ?? at(event, 'metadata', 'creationTimestamp'),
    now,
  );

export const COLUMNS = {
  plain: [name, ageColumn],
  nodes: [
    name,
    column('Status', nodeStatus),
    column('Roles', nodeRoles),
    ageColumn,
    column('Version', field('status', 'nodeInfo', 'kubeletVersion')),
    column('Internal-IP', nodeAddress('InternalIP'), { priority: 1 }),
    column('OS-Image', field('status', 'nodeInfo', 'osImage'), { priority: 1 }),
    column('Kernel-Version', field('status', 'nodeInfo', 'kernelVersion'), { priority: 1 }),
    column('Container-Runtime', field('status', 'nodeInfo', 'containerRuntimeVersion'), { priority: 1 }),
  ],
  pods: [
    name,
    column('Ready', podReady),
    column('Status', podStatus),
    column('Restarts', podRestarts),
    ageColumn,
    column('IP', field('status', 'podIP'), { priority: 1 }),
    column('Node', field('spec', 'nodeName'), { priority: 1 }),
  ],
  configMaps: [
    name,
    column('Data', (object) => size(at(object, 'data')) + size(at(object, 'binaryData')), {
      type: 'integer',
    }),
    ageColumn,
  ],
  services: [
    name,
    column('Type', field('spec', 'type')),
    column('Cluster-IP', field('spec', 'clusterIP')),
    column('Port(s)', servicePorts),
    ageColumn,
  ],
  namespaces: [name, column('Status', field('status', 'phase')), ageColumn],
  daemonSets: [
    name,
    number('Desired', 'status', 'desiredNumberScheduled'),
    number('Current', 'status', 'currentNumberScheduled'),
    number('Ready', 'status', 'numberReady'),
    number('Up-to-date', 'status', 'updatedNumberScheduled'),
    number('Available', 'status', 'numberAvailable'),
    column('Node Selector', nodeSelector),
    ageColumn,
  ],
  controllerRevisions: [
    name,
    column('Controller', (object) => {
      const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
      return owner === undefined
        ? '<none>'
        : `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0]}/${owner.name}`;
    }),
    number('Revision', 'revision'),
    ageColumn,
  ],
  endpointSlices: [name, column('AddressType', field('addressType')), column('Endpoints', endpoints), ageColumn],
  leases: [name, column('Holder', (object) => at(object, 'spec', 'holderIdentity') ?? ''), ageColumn],
  events: [
    column('Last Seen', lastSeen),
    column('Type', field('type')),
    column('Reason', field('reason')),
    column('Object', regarding),
    column('Message', (event) => at(event, 'note') ?? ''),
  ],
  customResourceDefinitions: [name, column('Created At', (object) => object.metadata.creationTimestamp)],
} as const satisfies Readonly<Record<string, readonly Column[]>>;
