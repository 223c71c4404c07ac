// How lists and maps of the built-in kinds are merged: the `listType`, `listMapKey`, `structType` and `patchMergeKey` markers
// of k8s.io/api, for the kinds this server has. The first list-map key doubles as strategic merge's patchMergeKey, which
// is true of every list here.
import type { Schema } from './schema.ts';

function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, 'x-kubernetes-preserve-unknown-fields': true };
}

function listMap(keys: readonly string[], items: Schema = object({})): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

/** The one key that has a default, and counts with it when it is left out. */
const port = object({ protocol: { type: 'string', default: 'TCP' } });
const set: Schema = { type: 'array', 'x-kubernetes-list-type': 'set' };
const atomicMap: Schema = {
  type: 'object',
  'x-kubernetes-map-type': 'atomic',
  'x-kubernetes-preserve-unknown-fields': true,
};
const conditions = object({ conditions: listMap(['type']) });

/** ObjectMeta, the same for every kind. */
export const METADATA = object({ finalizers: set, ownerReferences: listMap(['uid'], atomicMap) });

function kind(properties: Readonly<Record<string, Schema>>): Schema {
  return object({ metadata: METADATA, ...properties });
}

const container = object({
  env: listMap(
    ['name'],
    object({ valueFrom: object({ fieldRef: atomicMap, configMapKeyRef: atomicMap, secretKeyRef: atomicMap }) }),
  ),
  ports: listMap(['containerPort', 'protocol'], port),
  volumeMounts: listMap(['mountPath']),
  volumeDevices: listMap(['devicePath']),
});

const podSpec = object({
  containers: listMap(['name'], container),
  initContainers: listMap(['name'], container),
  ephemeralContainers: listMap(['name'], container),
  volumes: listMap(['name']),
  imagePullSecrets: listMap(['name']),
  hostAliases: listMap(['ip']),
  topologySpreadConstraints: listMap(['topologyKey', 'whenUnsatisfiable']),
  nodeSelector: atomicMap,
});

export const SCHEMAS = {
  plain: kind({}),
  pod: kind({
    spec: podSpec,
    status: object({ conditions: listMap(['type']), podIPs: listMap(['ip']), hostIPs: listMap(['ip']) }),
  }),
  node: kind({
    spec: object({ podCIDRs: set }),
    status: object({ conditions: listMap(['type']), addresses: listMap(['type']) }),
  }),
  service: kind({
    spec: object({ ports: listMap(['port', 'protocol'], port), selector: atomicMap }),
    status: conditions,
  }),
  serviceAccount: kind({ secrets: listMap(['name'], atomicMap), imagePullSecrets: listMap(['name'], atomicMap) }),
  namespace: kind({ status: conditions }),
  daemonSet: kind({
    spec: object({ selector: atomicMap, template: object({ metadata: METADATA, spec: podSpec }) }),
    status: conditions,
  }),
  customResourceDefinition: kind({ status: conditions }),
} as const;
