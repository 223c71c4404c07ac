import { expect, test } from 'vitest';
import type { KubeObject } from 'kopf-ts';
import { createFakeClient } from '../../operator/testing/fake-client.ts';
import { runCommand } from '../program.ts';
import { fakeTerminal } from '../testing/terminal.ts';
import { findKubeProxies, type Named } from './find-kube-proxies.ts';

const GOOD = 'registry.example/kube-proxy:v1.36.3';
const PLANTED = 'planted.example/kube-proxy:v1';

function daemonSet(namespace: string, name: string, args = ['--config=/c/config.conf']): KubeObject {
  const containers = [{ name, image: PLANTED, args, volumeMounts: [{ name: 'c', mountPath: '/c' }] }];
  const spec = { containers, volumes: [{ name: 'c', configMap: { name: 'cfg' } }] };
  const object = { metadata: { name, namespace, uid: `uid-${namespace}-${name}` }, spec: { template: { spec } } };
  return object;
}

function pod(namespace: string, container: string, image: string, owner: { kind: string; uid: string }): KubeObject {
  const reference = { apiVersion: 'v1', name: 'owner', controller: true, ...owner };
  const metadata = { name: `p-${owner.uid}`, namespace, ownerReferences: [reference] };
  const object = { metadata, spec: { nodeName: 'n1', containers: [{ name: container, image }] } };
  return object;
}

const STATIC = pod('kube-system', 'kube-proxy', GOOD, { kind: 'Node', uid: 'n1' });
const TEAM = [daemonSet('team-a', 'web'), pod('team-a', 'web', PLANTED, { kind: 'DaemonSet', uid: 'uid-team-a-web' })];

async function found(objects: readonly KubeObject[], named?: Named) {
  const client = createFakeClient(({ verb, resource, body, namespace }) => {
    if (verb === 'get') return { metadata: { name: 'cfg' }, data: { 'config.conf': config(namespace) } };
    if (verb !== 'list') return undefined;
    const { namespace: asked } = body as { readonly namespace?: string };
    const kind = (object: KubeObject): string =>
      object.metadata.uid?.startsWith('uid-') === true ? 'daemonsets' : 'pods';
    const items = objects.filter(
      (one) => kind(one) === resource && (asked ?? one.metadata.namespace) === one.metadata.namespace,
    );
    return { items, resourceVersion: '1' };
  });
  const { imageOn, port } = await findKubeProxies(client, named, new AbortController().signal);
  return { image: imageOn('n1'), port };
}

function config(namespace: string | undefined): string {
  const port = namespace === 'kube-system' ? 20249 : 31337;
  return `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmetricsBindAddress: 127.0.0.1:${port}\n`;
}

test('a DaemonSet of another namespace decides neither the image nor the port, though it is the only one', async () => {
  expect(await found([...TEAM, STATIC])).toEqual({ image: GOOD, port: 10249 });
  expect(await found(TEAM)).toEqual({ image: undefined, port: 10249 });
});

test('kube-proxy is what its DaemonSet in kube-system has made, whatever labels other pods have', async () => {
  const own = daemonSet('kube-system', 'kube-proxy');
  const mine = pod('kube-system', 'kube-proxy', GOOD, { kind: 'DaemonSet', uid: 'uid-kube-system-kube-proxy' });
  const labelled = pod('kube-system', 'kube-proxy', PLANTED, { kind: 'ReplicaSet', uid: 'other' });
  expect(await found([own, mine, labelled, ...TEAM])).toEqual({ image: GOOD, port: 20249 });
});

test('of a kube-proxy that has flags only, pods of other owners are no more believed', async () => {
  const own = daemonSet('kube-system', 'kube-proxy', ['--proxy-mode=iptables']);
  const mine = pod('kube-system', 'kube-proxy', GOOD, { kind: 'DaemonSet', uid: 'uid-kube-system-kube-proxy' });
  const other = pod('kube-system', 'kube-proxy', PLANTED, { kind: 'ReplicaSet', uid: 'other' });
  expect(await found([own, mine, other])).toEqual({ image: GOOD, port: 10249 });
});

test('a DaemonSet that a person names counts wherever it is, and its namespace’s other pods do not', async () => {
  const forged = pod('team-a', 'kube-proxy', GOOD, { kind: 'Node', uid: 'n1' });
  expect(await found([...TEAM, forged], { namespace: 'team-a', name: 'web' })).toEqual({ image: PLANTED, port: 31337 });
  await expect(found(TEAM, { namespace: 'team-a', name: 'wbe' })).rejects.toThrow(
    'there is no DaemonSet team-a/wbe: correct what --daemon-set says',
  );
});

test.each(['kube-proxy', 'a/b/c', '/b', 'a/'])('--daemon-set %s is wrong usage', async (typed) => {
  const terminal = fakeTerminal();
  expect(await runCommand(['audit', '--daemon-set', typed], terminal, new AbortController().signal)).toBe(1);
  expect(terminal.said.stderr).toContain('It must be a DaemonSet as namespace/name.');
});
