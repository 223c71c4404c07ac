// The real kubectl against the simulated API server, where there is one on the PATH.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NODES, PODS, type NodeBackend } from '../types.ts';
import { testServer, type TestServer, WIDGETS_CRD } from './testing-server.ts';

const run = promisify(execFile);
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

type Kubectl = TestServer & {
  /** Standard output, or what kubectl complained about. `input` becomes the file named `-`. */
  kubectl(...args: readonly string[]): Promise<string>;
  file(name: string, content: object): Promise<string>;
};

async function withKubectl(): Promise<Kubectl> {
  const log = () => 'first\nlast\n';
  const exec: NodeBackend['exec'] = ({ name }, { command, stdout }) => {
    stdout(`${command.join(' ')} in ${name}\n`);
    return Promise.resolve(command.includes('fails') ? 3 : 0);
  };
  const dial = () => Promise.reject(new Error('connection refused'));
  const server = await testServer({ backend: { log, dial, exec } });
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = async (name: string, content: object) => {
    const path = join(folder, name);
    await writeFile(path, stringify(content));
    return path;
  };
  const config = join(folder, 'config');
  await writeFile(config, server.server.kubeconfig());
  const kubectl = async (...args: readonly string[]) => {
    const flags = ['--kubeconfig', config, '--cache-dir', join(folder, 'cache')];
    const result = await run('kubectl', [...flags, ...args]).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    return (result.stdout === '' ? result.stderr : result.stdout).trim();
  };
  return { ...server, kubectl, file };
}

const widget = (spec: object) => ({ apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'w' }, spec });

describe.skipIf(!hasKubectl)('kubectl', { timeout: 30_000 }, () => {
  test('applies, gets, waits for and deletes a custom resource', async () => {
    const { kubectl, file, send } = await withKubectl();
    await kubectl('apply', '-f', await file('crd.yaml', WIDGETS_CRD));
    const path = await file('widget.yaml', widget({ color: 'red' }));
    expect(await kubectl('apply', '-f', path)).toBe('widget.example.dev/w created');
    expect(await kubectl('apply', '-f', path)).toBe('widget.example.dev/w unchanged');
    await file('widget.yaml', widget({ color: 'green' }));
    expect(await kubectl('apply', '-f', path)).toBe('widget.example.dev/w configured');
    expect(await kubectl('get', 'wd')).toMatch(/^NAME +COLOR +READY +AGE\nw +green +0s$/);
    const wait = kubectl('wait', 'wd/w', '--for=condition=Ready', '--timeout=20s');
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const merge = { 'content-type': 'application/merge-patch+json' };
    await send('PATCH', '/apis/example.dev/v1/widgets/w/status', { status }, merge);
    expect(await wait).toBe('widget.example.dev/w condition met');
    expect(await kubectl('get', 'things', '-o', 'name')).toBe('widget.example.dev/w');
    expect(await kubectl('delete', 'wd', 'w')).toBe('widget.example.dev "w" deleted');
    expect(await kubectl('get', 'wd', 'w')).toContain(
      'Error from server (NotFound): widgets.example.dev "w" not found',
    );
  });

  test('applies on the server and is told of conflicts', async () => {
    const { kubectl, file } = await withKubectl();
    await kubectl('apply', '-f', await file('crd.yaml', WIDGETS_CRD));
    const path = await file('widget.yaml', widget({ color: 'red' }));
    expect(await kubectl('apply', '--server-side', '-f', path)).toBe('widget.example.dev/w serverside-applied');
    await file('widget.yaml', widget({ color: 'green' }));
    const other = ['apply', '--server-side', '--field-manager=other', '-f', path];
    expect(await kubectl(...other)).toContain('conflict with "kubectl": .spec.color');
    expect(await kubectl(...other, '--force-conflicts')).toBe('widget.example.dev/w serverside-applied');
  });

  test('is told what is wrong with an object', async () => {
    const { kubectl, file } = await withKubectl();
    await kubectl('apply', '-f', await file('crd.yaml', WIDGETS_CRD));
    expect(await kubectl('apply', '-f', await file('a.yaml', widget({ color: 'blue' })))).toContain(
      'The Widget "w" is invalid: spec.color: Unsupported value: "blue": supported values: "red", "green"',
    );
    expect(await kubectl('apply', '-f', await file('b.yaml', widget({ color: 'red', typo: 1 })))).toContain(
      'unknown field "spec.typo"',
    );
  });

  test('runs commands in a pod', async () => {
    const { kubectl, store } = await withKubectl();
    const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'kube-proxy:v1' }] };
    store.create(PODS, { metadata: { name: 'p', namespace: 'kube-system' }, spec } as never);
    expect(await kubectl('exec', '-n', 'kube-system', 'p', '--', 'echo', 'a b')).toBe('echo a b in p');
    const failing = await kubectl('exec', '-n', 'kube-system', 'p', '--', 'fails');
    expect(failing).toBe('fails in p');
  });

  test('shows, labels, edits, logs and deletes built-in kinds', async () => {
    const { kubectl, file, store } = await withKubectl();
    store.create(NODES, {
      metadata: { name: 'n1' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    } as never);
    const spec = { nodeName: 'n1', containers: [{ name: 'kube-proxy', image: 'kube-proxy:v1' }] };
    store.create(PODS, {
      metadata: { name: 'p', namespace: 'kube-system' },
      spec,
      status: { phase: 'Running' },
    } as never);
    expect(await kubectl('get', 'nodes')).toMatch(/^NAME +STATUS +ROLES +AGE +VERSION\nn1 +Ready +<none> +0s +<none>$/);
    expect(await kubectl('label', 'node', 'n1', 'a=b')).toBe('node/n1 labeled');
    expect(await kubectl('cordon', 'n1')).toBe('node/n1 cordoned');
    expect(await kubectl('get', 'pods', '-A', '--field-selector', 'spec.nodeName=n1', '-o', 'name')).toBe('pod/p');
    expect(await kubectl('logs', '-n', 'kube-system', 'p', '--tail=1')).toBe('first\nlast');
    expect(await kubectl('describe', 'node', 'n1')).toMatch(/Labels: +a=b/);
    const cm = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'kube-system' },
      data: { a: 'b' },
    };
    expect(await kubectl('create', '-f', await file('cm.yaml', cm))).toBe('configmap/c created');
    expect(await kubectl('replace', '-f', await file('cm.yaml', { ...cm, data: { a: 'c' } }))).toBe(
      'configmap/c replaced',
    );
    expect(await kubectl('patch', 'cm', 'c', '-n', 'kube-system', '-p', '{"data":{"a":"d"}}')).toBe(
      'configmap/c patched',
    );
    expect(await kubectl('get', 'cm', 'c', '-n', 'kube-system', '-o', 'jsonpath={.data.a}')).toBe('d');
    expect(await kubectl('delete', 'pod', 'p', '-n', 'kube-system', '--wait=false')).toContain('pod "p" deleted');
    expect(store.get(PODS, { name: 'p', namespace: 'kube-system' })?.metadata.deletionTimestamp).toBeDefined();
    expect(await kubectl('api-resources', '--api-group=apps', '-o', 'name')).toBe(
      'controllerrevisions.apps\ndaemonsets.apps',
    );
  });
});
