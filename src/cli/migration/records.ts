// What the API keeps of migrations: the objects themselves, one record a node, and the zones of the nodes.
import { ApiError, type Client, type KubeObject, type Resource } from 'kopf-ts';
import {
  NODE_MIGRATIONS,
  PROXY_MODE_MIGRATIONS,
  type NodeMigration,
  type ProxyModeMigration,
} from '../../api/kinds.ts';
import { LABEL_MIGRATION } from '../../api/names.ts';
import { CommandError } from '../command-error.ts';

const ZONE = 'topology.kubernetes.io/zone';

export const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

export async function migrationsIn(client: Client, signal: AbortSignal): Promise<readonly ProxyModeMigration[]> {
  return listed(client, PROXY_MODE_MIGRATIONS, signal);
}

export async function recordsOf(
  client: Client,
  migration: string,
  signal: AbortSignal,
): Promise<readonly NodeMigration[]> {
  return listed(client, NODE_MIGRATIONS, signal, ofMigration(migration));
}

/** The records of one node, of one migration or of all. */
export async function recordsIn(
  client: Client,
  { node, migration }: { readonly node: string; readonly migration: string | undefined },
  signal: AbortSignal,
): Promise<readonly NodeMigration[]> {
  const selection = migration === undefined ? {} : ofMigration(migration);
  const all = await selected(client, { ...selection, fieldSelector: `spec.nodeName=${node}` }, signal);
  return all.filter(({ spec }) => spec.nodeName === node);
}

/** API servers before 1.31 know no fields of custom resources: they are asked for all. */
async function selected(
  client: Client,
  { fieldSelector, ...others }: { readonly fieldSelector: string; readonly labelSelector?: string },
  signal: AbortSignal,
): Promise<readonly NodeMigration[]> {
  try {
    return await listed(client, NODE_MIGRATIONS, signal, { ...others, fieldSelector });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error;
    return listed(client, NODE_MIGRATIONS, signal, others);
  }
}

/** What selects the records of a migration. */
export function ofMigration(name: string): { readonly labelSelector: string } {
  return { labelSelector: `${LABEL_MIGRATION}=${name}` };
}

/** Zone by node; empty for a user who may not list nodes: the picture then has no zones. */
export async function zonesIn(client: Client, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  try {
    const { items } = await client.list(NODES, {}, { signal });
    return new Map(items.map((node) => [node.metadata.name, zoneOf(node)]));
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return new Map();
    throw error;
  }
}

export function zoneOf({ metadata }: KubeObject): string {
  return metadata.labels?.[ZONE] ?? '';
}

async function listed<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  signal: AbortSignal,
  selection: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): Promise<readonly T[]> {
  try {
    const { items } = await client.list(resource, selection, { signal });
    const { group, version, kind } = resource;
    // The items of a list do not say what they are.
    return items.map((item) => ({ ...item, apiVersion: `${group}/${version}`, kind }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const message = `this cluster has no ${resource.kind}s: the CustomResourceDefinitions of Proxymode are not installed`;
    throw new CommandError(message, { cause: error });
  }
}
