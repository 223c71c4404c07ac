// What people do in scenarios, and what they look at.
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../src/api/kinds.ts';
import { API_VERSION, LABEL_MIGRATION } from '../../src/api/names.ts';
import type { MigrationStatus } from '../../src/api/migration.ts';
import { CONFIG_MAPS, PODS, type MigrationInput, type Stage } from './stage.ts';

const KUBE_PROXY = { namespace: 'kube-system', name: 'kube-proxy' };
const KEY = 'config.conf';

export async function apply(stage: Stage, name: string, spec: MigrationInput): Promise<void> {
  const object = { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, metadata: { name }, spec };
  await stage.client.apply(PROXY_MODE_MIGRATIONS, object);
}

export async function patchSpec(stage: Stage, name: string, spec: Record<string, unknown>): Promise<void> {
  await stage.client.mergePatch(PROXY_MODE_MIGRATIONS, { name }, { spec });
}

export async function annotate(stage: Stage, name: string, annotations: Record<string, string>): Promise<void> {
  await stage.client.mergePatch(PROXY_MODE_MIGRATIONS, { name }, { metadata: { annotations } });
}

export async function migration(stage: Stage, name: string): Promise<ProxyModeMigration | undefined> {
  return stage.client.get(PROXY_MODE_MIGRATIONS, { name });
}

export async function statusOf(stage: Stage, name: string): Promise<MigrationStatus> {
  return (await migration(stage, name))?.status ?? {};
}

/** Waits until the phase is one of these, and returns the status. */
export async function phase(
  stage: Stage,
  name: string,
  phases: readonly string[],
  patience = 300_000,
): Promise<MigrationStatus> {
  let status: MigrationStatus = {};
  const reached = async (): Promise<boolean> => {
    status = await statusOf(stage, name);
    return phases.includes(status.phase ?? '');
  };
  try {
    await stage.until(`${name} to be ${phases.join(' or ')}`, reached, patience);
  } catch (error) {
    throw new Error(`${name} is ${status.phase ?? 'untouched'} (${status.message ?? ''}), not ${phases.join(' or ')}`, {
      cause: error,
    });
  }
  return status;
}

/** Phase by node of a migration's NodeMigrations. */
export async function nodePhases(stage: Stage, name: string): Promise<Record<string, string | undefined>> {
  const { items } = await stage.client.list(NODE_MIGRATIONS, { labelSelector: `${LABEL_MIGRATION}=${name}` });
  return Object.fromEntries(items.map(({ spec, status }) => [spec.nodeName, status?.phase]));
}

export async function modes(stage: Stage): Promise<Record<string, string | undefined>> {
  const entries = await Promise.all(stage.nodes.map(async (node) => [node, await stage.proxyMode(node)] as const));
  return Object.fromEntries(entries);
}

export function everywhere<T>(stage: Stage, value: T): Record<string, T> {
  return Object.fromEntries(stage.nodes.map((node) => [node, value]));
}

export async function configText(stage: Stage): Promise<string> {
  return (await stage.client.get(CONFIG_MAPS, KUBE_PROXY))?.data[KEY] ?? '';
}

/** A hand edit, as `kubectl edit` or a GitOps tool would do it. */
export async function writeConfig(stage: Stage, text: string): Promise<void> {
  await stage.client.mergePatch(CONFIG_MAPS, KUBE_PROXY, { data: { [KEY]: text } });
}

/** UID of each node's kube-proxy pod. */
export async function podUIDs(stage: Stage): Promise<Record<string, string>> {
  const { items } = await stage.client.list(PODS, {
    namespace: KUBE_PROXY.namespace,
    labelSelector: 'k8s-app=kube-proxy',
  });
  const alive = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return Object.fromEntries(alive.map(({ metadata, spec }) => [spec.nodeName ?? '', metadata.uid ?? '']));
}

export async function deletePod(stage: Stage, node: string): Promise<void> {
  const { items } = await stage.client.list(PODS, {
    namespace: KUBE_PROXY.namespace,
    fieldSelector: `spec.nodeName=${node}`,
    labelSelector: 'k8s-app=kube-proxy',
  });
  for (const { metadata } of items)
    await stage.client.delete(PODS, { namespace: KUBE_PROXY.namespace, name: metadata.name });
}

export async function remove(stage: Stage, name: string): Promise<void> {
  await stage.client.delete(PROXY_MODE_MIGRATIONS, { name });
}

export async function gone(stage: Stage, name: string): Promise<void> {
  await stage.until(`${name} to be gone`, async () => (await migration(stage, name)) === undefined, 300_000);
}
