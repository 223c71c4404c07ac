// kube-proxy as kubeadm installs it, and the modes its nodes really run, read without the operator's help.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labtool } from './binaries.ts';
import { kubeProxyImage } from './images.ts';
import { kubectl } from './kubectl.ts';
import { apiServerInside } from './network.ts';
import { inNode } from './node-namespaces.ts';
import { sources, type Place } from './place.ts';
import { must } from './run.ts';
import { until } from './until.ts';

const system = ['--namespace=kube-system'];

function manifest(mode: string): string {
  return readFileSync(join(sources, 'manifests/kube-proxy.yaml'), 'utf8')
    .replace('@MODE@', mode)
    .replace('@SERVER@', apiServerInside)
    .replace('@IMAGE@', kubeProxyImage);
}

export async function installKubeProxy(place: Place, mode: string): Promise<void> {
  await kubectl(place, ['create', '-f', '-'], { input: manifest(mode) });
}

/** What kube-proxy on the node says of itself, e.g. `nftables`. Rejects while none is running. */
export function kubeProxyMode(place: Place, node: string): Promise<string> {
  return ask(place, node, 'proxyMode');
}

async function ask(place: Place, node: string, path: string): Promise<string> {
  return (await must(inNode(place, node, [labtool, 'get', `http://127.0.0.1:10249/${path}`]))).trim();
}

/** Whether the running kube-proxy has written its rules at least once: its mode alone does not say that. */
export async function hasSynced(place: Place, node: string): Promise<boolean> {
  return syncedIn(await ask(place, node, 'metrics'));
}

/** The same, told from the metrics it answers with. */
export function syncedIn(metrics: string): boolean {
  const value = (metric: RegExp): number => Number(metric.exec(metrics)?.[1]);
  const synced = value(/^kubeproxy_sync_proxy_rules_last_timestamp_seconds\{.*IPv4.*\} (\S+)$/m);
  return synced > value(/^process_start_time_seconds (\S+)$/m);
}

/** Edits the mode in the ConfigMap; like in any cluster, no running kube-proxy cares. */
export async function setMode(place: Place, mode: string): Promise<void> {
  const field = String.raw`jsonpath={.data.config\.conf}`;
  const config = await kubectl(place, [...system, 'get', 'configmap', 'kube-proxy', `--output=${field}`]);
  const patch = { data: { 'config.conf': config.replace(/^mode:.*$/m, `mode: ${mode}`) } };
  await kubectl(place, [...system, 'patch', 'configmap', 'kube-proxy', '--type=merge', '-p', JSON.stringify(patch)]);
}

/** Deletes the node's kube-proxy pod and returns its successor's mode, once that has written its rules. */
export async function restartKubeProxy(place: Place, node: string): Promise<string> {
  const pods = ['pod', '--selector=k8s-app=kube-proxy', `--field-selector=spec.nodeName=${node}`];
  await kubectl(place, [...system, 'delete', ...pods, '--wait=true']);
  await until(`rules of kube-proxy on ${node}`, () => hasSynced(place, node));
  return kubeProxyMode(place, node);
}

/** Puts kube-proxy back as installed, whatever a test made of it, and returns when every node runs `mode`. */
export async function resetKubeProxy(place: Place, nodes: readonly string[], mode: string): Promise<void> {
  await putBack(place, manifest(mode));
  await kubectl(place, [...system, 'rollout', 'status', 'daemonset/kube-proxy', '--timeout=120s']);
  await Promise.all(nodes.map((node) => ensureMode(place, node, mode)));
}

async function putBack(place: Place, input: string): Promise<void> {
  try {
    await kubectl(place, ['replace', '-f', '-'], { input });
  } catch (error) {
    if (!String(error).includes('NotFound')) throw error;
    // what there is has been replaced; what a test has removed is made again
    await kubectl(place, ['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
  }
}

async function ensureMode(place: Place, node: string, mode: string): Promise<void> {
  const isSettled = async (): Promise<boolean> => (await kubeProxyMode(place, node)) === mode && hasSynced(place, node);
  // a kube-proxy that does not answer is not settled either
  const settled = await isSettled().catch(() => false);
  if (!settled) await restartKubeProxy(place, node);
  await until(`${mode} on ${node}`, isSettled);
}
