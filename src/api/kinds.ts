// The two kinds as resources of the API, typed.
import type { KubeObject, Resource } from 'kopf-ts';
import type { MigrationSpec, MigrationStatus } from './migration.ts';
import { GROUP, VERSION } from './names.ts';
import type { NodeMigrationSpec, NodeMigrationStatus } from './node-migration.ts';

export type ProxyModeMigration = KubeObject & { readonly spec: MigrationSpec; readonly status?: MigrationStatus };
export type NodeMigration = KubeObject & { readonly spec: NodeMigrationSpec; readonly status?: NodeMigrationStatus };

export const PROXY_MODE_MIGRATIONS: Resource<ProxyModeMigration> = {
  group: GROUP,
  version: VERSION,
  plural: 'proxymodemigrations',
  kind: 'ProxyModeMigration',
  namespaced: false,
};

export const NODE_MIGRATIONS: Resource<NodeMigration> = {
  group: GROUP,
  version: VERSION,
  plural: 'nodemigrations',
  kind: 'NodeMigration',
  namespaced: false,
};
