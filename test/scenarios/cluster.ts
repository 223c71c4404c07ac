// What people do with kube-proxy and with nodes in scenarios, and what they see of them.
import { CONFIG_MAPS, DAEMON_SETS, NODES, PODS, type DaemonSet, type Pod, type Stage } from './stage.ts';

const KUBE_PROXY = { namespace: 'kube-system', name: 'kube-proxy' };
const KEY = 'config.conf';

export function everywhere<T>(stage: Stage, value: T): Record<string, T> {
  return Object.fromEntries(stage.nodes.map((node) => [node, value]));
}

export async function modes(stage: Stage): Promise<Record<string, string | undefined>> {
  const entries = await Promise.all(stage.nodes.map(async (node) => [node, await stage.proxyMode(node)] as const));
  return Object.fromEntries(entries);
}

/**
 * Connections that were tried while a node had no rules leave entries in conntrack that nobody translated (SYN_SENT, two
 * minutes); a new one from the same port meets them until they are gone.
 */
const STALE = 180_000;

export async function allServe(stage: Stage): Promise<void> {
  for (const node of stage.nodes) await stage.until(`${node} to serve`, () => stage.serves(node), STALE);
}

export async function configText(stage: Stage): Promise<string> {
  return (await stage.client.get(CONFIG_MAPS, KUBE_PROXY))?.data[KEY] ?? '';
}

/** A hand edit, as `kubectl edit` or a GitOps tool would do it; `undefined` removes the key. */
export async function writeConfig(stage: Stage, text: string | undefined): Promise<void> {
  await stage.client.mergePatch(CONFIG_MAPS, KUBE_PROXY, { data: { [KEY]: text ?? null } });
}

export async function removeDaemonSet(stage: Stage): Promise<DaemonSet> {
  const daemonSet = await stage.client.get(DAEMON_SETS, KUBE_PROXY);
  if (daemonSet === undefined) throw new Error('there is no kube-proxy DaemonSet');
  await stage.client.delete(DAEMON_SETS, KUBE_PROXY);
  const collected = async (): Promise<boolean> => (await pods(stage)).length === 0;
  await stage.until('the kube-proxy pods to be collected', collected);
  return daemonSet;
}

export async function putDaemonSetBack(stage: Stage, { metadata, spec }: DaemonSet): Promise<void> {
  const { labels = {} } = metadata;
  const fresh = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { ...KUBE_PROXY, labels }, spec };
  await stage.client.create(DAEMON_SETS, fresh);
}

async function pods(stage: Stage, fieldSelector?: string): Promise<readonly Pod[]> {
  const selection = { namespace: KUBE_PROXY.namespace, labelSelector: 'k8s-app=kube-proxy' };
  return (await stage.client.list(PODS, { ...selection, ...(fieldSelector === undefined ? {} : { fieldSelector }) }))
    .items;
}

/** UID of each node's kube-proxy pod. */
export async function podUIDs(stage: Stage): Promise<Record<string, string>> {
  const alive = (await pods(stage)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return Object.fromEntries(alive.map(({ metadata, spec }) => [spec.nodeName ?? '', metadata.uid ?? '']));
}

export async function deletePod(stage: Stage, node: string): Promise<void> {
  for (const { metadata } of await pods(stage, `spec.nodeName=${node}`))
    await stage.client.delete(PODS, { namespace: KUBE_PROXY.namespace, name: metadata.name });
}

export async function isReady(stage: Stage, node: string): Promise<boolean> {
  const conditions = (await stage.client.get(NODES, { name: node }))?.status.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
