// The two CustomResourceDefinitions: the envelope around the schemas, as objects.
import type { z } from 'zod';
import { MIGRATION_RULES } from './crd-rules.ts';
import { structuralSchema } from './crd-schema.ts';
import type { Rule, Schema } from './crd-schema.ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from './kinds.ts';
import { migrationSpec, migrationStatus } from './migration.ts';
import { GROUP, VERSION } from './names.ts';
import { nodeMigrationSpec, nodeMigrationStatus } from './node-migration.ts';

type Column = {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 1 shows with -o wide only. */
  readonly priority?: 1;
};

type Kind = {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
  readonly selectable: readonly string[];
  readonly rules: readonly Rule[];
};

const AGE: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since its creation.',
};

const KINDS: readonly Kind[] = [
  {
    kind: PROXY_MODE_MIGRATIONS.kind,
    plural: PROXY_MODE_MIGRATIONS.plural,
    shortName: 'pmm',
    description:
      'ProxyModeMigration moves the kube-proxies of a cluster to another mode, node by node, and verifies every one.',
    spec: migrationSpec,
    status: migrationStatus,
    columns: [
      { name: 'Target', type: 'string', jsonPath: '.spec.mode', description: 'The mode the nodes shall run.' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the migration is.' },
      {
        name: 'Switched',
        type: 'string',
        jsonPath: '.status.progress',
        description: 'Verified nodes of all selected ones.',
      },
      {
        name: 'Fell-Back',
        type: 'integer',
        jsonPath: '.status.nodes.fellBack',
        description: 'Nodes that ran in another mode than asked.',
      },
      {
        name: 'Failed',
        type: 'integer',
        jsonPath: '.status.nodes.failed',
        description: 'Nodes that did not run, or did not verify.',
      },
      {
        name: 'Rolled-Back',
        type: 'integer',
        jsonPath: '.status.nodes.rolledBack',
        description: 'Nodes taken back to the old mode.',
        priority: 1,
      },
      {
        name: 'Started',
        type: 'date',
        jsonPath: '.status.startedAt',
        description: 'Time since the first change.',
        priority: 1,
      },
      { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'The story in one sentence.' },
      AGE,
    ],
    selectable: [],
    rules: MIGRATION_RULES,
  },
  {
    kind: NODE_MIGRATIONS.kind,
    plural: NODE_MIGRATIONS.plural,
    shortName: 'nmig',
    description:
      'NodeMigration is one node’s share of a ProxyModeMigration: what was intended, what was read, when and from which pod. Made by the operator.',
    spec: nodeMigrationSpec,
    status: nodeMigrationStatus,
    columns: [
      {
        name: 'Migration',
        type: 'string',
        jsonPath: '.spec.migration',
        description: 'The ProxyModeMigration it belongs to.',
      },
      { name: 'Node', type: 'string', jsonPath: '.spec.nodeName', description: 'The node.' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the node is.' },
      { name: 'Mode', type: 'string', jsonPath: '.status.mode', description: 'The mode last read from the node.' },
      {
        name: 'Pod',
        type: 'string',
        jsonPath: '.status.evidence.podName',
        description: 'The kube-proxy pod the evidence is from.',
        priority: 1,
      },
      { name: 'Reason', type: 'string', jsonPath: '.status.reason', description: 'Why, in one word.', priority: 1 },
      { name: 'Message', type: 'string', jsonPath: '.status.message', description: 'The same in one sentence.' },
      AGE,
    ],
    selectable: ['.spec.nodeName', '.spec.migration', '.spec.mode', '.status.phase'],
    rules: [],
  },
];

export type CustomResourceDefinition = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
};

export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return KINDS.map(definitionOf);
}

function definitionOf(one: Kind): CustomResourceDefinition {
  const { kind, plural, shortName } = one;
  const names = {
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [shortName],
    categories: ['proxymode'],
  };
  const version = {
    name: VERSION,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: one.columns,
    ...(one.selectable.length === 0 ? {} : { selectableFields: one.selectable.map((jsonPath) => ({ jsonPath })) }),
    schema: { openAPIV3Schema: rootSchema(one) },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: { group: GROUP, names, scope: 'Cluster', versions: [version] },
  };
}

function rootSchema({ description, spec, status, rules }: Kind): Schema {
  return {
    description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { description: 'The version of this schema.', type: 'string' },
      kind: { description: 'The kind of this object.', type: 'string' },
      // The API server knows metadata by itself and accepts no description here.
      metadata: { type: 'object' },
      spec: { description: 'What is asked for.', ...structuralSchema(spec) },
      status: { description: 'What is the case. Written by the operator.', ...structuralSchema(status) },
    },
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
  };
}
