// The built-in resources this server has, as a kube-apiserver would list them in discovery. Nothing here is validated or
// defaulted: the simulator's own world writes most of it.
import type { Resource } from 'kopf-ts';
import {
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  DAEMON_SETS,
  EVENTS,
  LEASES,
  NAMESPACES,
  NODES,
  PODS,
  SERVICES,
} from '../types.ts';
import { COLUMNS } from './builtin-columns.ts';
import { SCHEMAS } from './builtin-schemas.ts';
import type { Schema } from './schema.ts';
import type { Column, FieldLabel, Served } from './served.ts';

export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

const SERVICE_ACCOUNTS: Resource = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};

export type Builtin = Served & {
  /** Whether the kind's strategy keeps metadata.generation. */
  readonly generation: boolean;
};

type Entry = {
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly all?: boolean;
  readonly status?: boolean;
  readonly generation?: boolean;
  readonly schema?: Schema;
  /** Selectable fields besides metadata.name and metadata.namespace. */
  readonly fields?: readonly string[];
  readonly columns?: readonly Column[];
};

export function fieldLabel(label: string): FieldLabel {
  return { label, path: label.split('.') };
}

const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];
const REGARDING = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const EVENT_FIELDS = [...REGARDING.map((field) => `regarding.${field}`), 'reason', 'reportingController', 'type'];

function builtin(resource: Resource, entry: Entry): Builtin {
  return {
    resource,
    singular: entry.singular,
    shortNames: entry.shortNames ?? [],
    categories: entry.all === true ? ['all'] : [],
    custom: false,
    status: entry.status ?? false,
    generation: entry.generation ?? false,
    schema: entry.schema ?? SCHEMAS.plain,
    fieldLabels: ['metadata.name', ...(resource.namespaced ? ['metadata.namespace'] : []), ...(entry.fields ?? [])].map(
      fieldLabel,
    ),
    columns: entry.columns ?? COLUMNS.plain,
  };
}

export const BUILTINS: readonly Builtin[] = [
  builtin(NODES, {
    singular: 'node',
    shortNames: ['no'],
    status: true,
    schema: SCHEMAS.node,
    fields: ['spec.unschedulable'],
    columns: COLUMNS.nodes,
  }),
  builtin(PODS, {
    singular: 'pod',
    shortNames: ['po'],
    all: true,
    status: true,
    generation: true,
    schema: SCHEMAS.pod,
    fields: POD_FIELDS,
    columns: COLUMNS.pods,
  }),
  builtin(CONFIG_MAPS, { singular: 'configmap', shortNames: ['cm'], columns: COLUMNS.configMaps }),
  builtin(SERVICES, {
    singular: 'service',
    shortNames: ['svc'],
    all: true,
    status: true,
    schema: SCHEMAS.service,
    fields: ['spec.clusterIP', 'spec.type'],
    columns: COLUMNS.services,
  }),
  builtin(SERVICE_ACCOUNTS, { singular: 'serviceaccount', shortNames: ['sa'], schema: SCHEMAS.serviceAccount }),
  builtin(NAMESPACES, {
    singular: 'namespace',
    shortNames: ['ns'],
    status: true,
    schema: SCHEMAS.namespace,
    fields: ['status.phase'],
    columns: COLUMNS.namespaces,
  }),
  builtin(DAEMON_SETS, {
    singular: 'daemonset',
    shortNames: ['ds'],
    all: true,
    status: true,
    generation: true,
    schema: SCHEMAS.daemonSet,
    columns: COLUMNS.daemonSets,
  }),
  builtin(CONTROLLER_REVISIONS, { singular: 'controllerrevision', columns: COLUMNS.controllerRevisions }),
  builtin(ENDPOINT_SLICES, { singular: 'endpointslice', generation: true, columns: COLUMNS.endpointSlices }),
  builtin(LEASES, { singular: 'lease', columns: COLUMNS.leases }),
  builtin(EVENTS, { singular: 'event', shortNames: ['ev'], fields: EVENT_FIELDS, columns: COLUMNS.events }),
  builtin(CUSTOM_RESOURCE_DEFINITIONS, {
    singular: 'customresourcedefinition',
    shortNames: ['crd', 'crds'],
    status: true,
    generation: true,
    schema: SCHEMAS.customResourceDefinition,
    columns: COLUMNS.customResourceDefinitions,
  }),
];

const BY_RESOURCE = new Map(BUILTINS.map((entry) => [`${entry.resource.group}/${entry.resource.plural}`, entry]));

export function builtinOf(resource: { readonly group: string; readonly plural: string }): Builtin | undefined {
  return BY_RESOURCE.get(`${resource.group}/${resource.plural}`);
}
