// The chart on real nodes: the operator runs from its image, as two pods, on the very nodes whose kube-proxies it switches, and reaches
// the API server through the Service that those kube-proxies make work.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { TRIAL_ACCOUNT } from '../../src/node/helper-pod.ts';
import { apply, HELD, letGo, nodePhases, phase, records, LOOKED_AT, UNSEEN } from '../scenarios/actions.ts';
import { renderText } from '../chart/render.ts';
import { CHART, ensureHelm, helm } from './helm.ts';
import { labUp, until, type Lab } from './lab.ts';
import { labStage, type LabStage } from './lab-stage.ts';
import { installOperatorImage, operatorImage } from './operator-image.ts';

const NAMESPACE = 'proxymode';
const CRDS = ['proxymodemigrations.proxymode.dev', 'nodemigrations.proxymode.dev'];
const LABEL = 'app.kubernetes.io/instance=proxymode';
const OPERATORS = `${LABEL},app.kubernetes.io/component=operator`;
const IMAGE = Object.entries(operatorImage).map(([name, value]) => `image.${name}=${value}`);
/** Nodes are looked at; only what cannot be told of the lab's kernel is accepted. */
const LOOKED = { ...LOOKED_AT, preflight: UNSEEN.preflight };

let lab: Lab;
let stage: LabStage;

type Leader = { readonly holderIdentity: string; readonly leaseTransitions: number };

type Template = { readonly spec: object };

type Pod = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
};

async function pods(selector: string): Promise<readonly Pod[]> {
  const text = await lab.kubectl('get', 'pods', `--namespace=${NAMESPACE}`, `--selector=${selector}`, '--output=json');
  return (JSON.parse(text) as { readonly items: readonly Pod[] }).items;
}

/** Standard output; rejects with helm's own words. */
async function release(verb: string, ...args: readonly string[]): Promise<string> {
  const env = { KUBECONFIG: lab.kubeconfig };
  const { stdout, stderr, code } = await helm([verb, 'proxymode', ...args, `--namespace=${NAMESPACE}`], { env });
  if (code !== 0) throw new Error(`helm ${verb}: ${stderr}\n${stdout}`);
  return stdout;
}

const sets = (...values: readonly string[]): string[] => [...IMAGE, ...values].flatMap((value) => ['--set', value]);

/** One of the Deployment's pods as an object of its own, under the service account that every namespace has. */
async function operatorPod(): Promise<object> {
  const documents = parseAllDocuments(await renderText([...IMAGE, 'crds.enabled=false']));
  const manifests = documents.map(
    (document) => document.toJS() as { kind: string; spec: { template: Template } } | null,
  );
  const { spec = {} } = manifests.find((manifest) => manifest?.kind === 'Deployment')?.spec.template ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'operator' },
    spec: { ...spec, serviceAccountName: 'default' },
  };
}

async function uninstall(): Promise<void> {
  await release('uninstall', '--ignore-not-found', '--wait');
}

async function forget(): Promise<void> {
  await lab.kubectl('delete', 'crd', '--ignore-not-found', ...CRDS);
  await lab.kubectl('delete', 'namespace', '--ignore-not-found', NAMESPACE);
}

beforeAll(async () => {
  lab = await labUp();
  await ensureHelm((line) => void process.stdout.write(`${line}\n`));
  await uninstall();
  stage = await labStage(lab);
  // what the lab's other tests have applied would not be the chart's
  await lab.kubectl('delete', 'clusterrole,clusterrolebinding', '--ignore-not-found', TRIAL_ACCOUNT);
  await forget();
  await lab.kubectl('create', 'namespace', NAMESPACE);
  await lab.kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=privileged');
  await installOperatorImage(lab);
});

afterAll(async () => {
  try {
    await uninstall();
    await stage.close();
  } finally {
    await forget();
  }
});

/** Who leads, and how often that has changed. */
async function leader(): Promise<Leader> {
  const text = await lab.kubectl('get', 'lease', 'proxymode', `--namespace=${NAMESPACE}`, '--output=json');
  const { holderIdentity, leaseTransitions } = (JSON.parse(text) as { readonly spec: Leader }).spec;
  expect((await pods(OPERATORS)).map(({ metadata }) => metadata.name)).toContain(holderIdentity);
  return { holderIdentity, leaseTransitions };
}

/** Requests the API server refused, as the operator's own metrics count them. */
async function refused(pod: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}:8080/proxy/metrics`;
  const page = await lab.kubectl('get', '--raw', path);
  expect(page).toContain('rest_client_requests_total{code="200"');
  return page.split('\n').filter((line) => line.startsWith('rest_client_requests_total{code="403"'));
}

test('helm install brings two operators, on two nodes', async () => {
  const notes = await release('install', CHART, '--wait', '--timeout=3m', ...sets());
  expect(notes).toContain(`kubectl label namespace ${NAMESPACE} pod-security.kubernetes.io/enforce=privileged`);
  const operators = await pods(OPERATORS);
  expect(new Set(operators.map(({ spec }) => spec.nodeName)).size).toBe(2);
});

test('the Pod Security Standard "restricted" has nothing against the operator', async () => {
  const restricted = 'proxymode-restricted';
  await lab.kubectl('create', 'namespace', restricted);
  try {
    await lab.kubectl('label', 'namespace', restricted, 'pod-security.kubernetes.io/enforce=restricted');
    const file = join(lab.state, 'manifests', 'restricted.json');
    writeFileSync(file, JSON.stringify(await operatorPod()));
    const answer = await lab.kubectl('create', `--namespace=${restricted}`, '--dry-run=server', '-f', file);
    expect(answer).toContain('pod/operator created');
  } finally {
    await lab.kubectl('delete', 'namespace', restricted);
  }
});

test('helm test: the operator looks at the cluster and says what it found', async () => {
  expect(await release('test', '--timeout=3m')).toMatch(/Phase:\s+Succeeded/);
  expect(await pods(`${LABEL},app.kubernetes.io/component=test`)).toEqual([]);
});

test('it switches the nodes it runs on, its own last, and stays connected through them', async () => {
  const before = await pods(OPERATORS);
  const led = await leader();
  await apply(stage, 'to-nftables', { mode: 'nftables', ...LOOKED });
  await phase(stage, 'to-nftables', ['Succeeded']);
  for (const node of lab.nodes) expect(await lab.kubeProxyMode(node)).toBe('nftables');
  const finished = [...(await records(stage, 'to-nftables'))].map(([node, { finishedAt = '' }]) => ({
    node,
    finishedAt,
  }));
  const own = before.find(({ metadata }) => metadata.name === led.holderIdentity)?.spec.nodeName;
  const latest = finished.toSorted((a, b) => a.finishedAt.localeCompare(b.finishedAt)).at(-1);
  expect(finished.find(({ node }) => node === own)?.finishedAt).toBe(latest?.finishedAt);
  const after = await pods(OPERATORS);
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  expect(after.flatMap(({ status }) => status.containerStatuses?.map(({ restartCount }) => restartCount))).toEqual([
    0, 0,
  ]);
  expect(await leader()).toEqual(led);
  for (const { metadata } of after) expect(await refused(metadata.name)).toEqual([]);
  await until('no helper pod', async () => (await pods('app.kubernetes.io/component=node-helper')).length === 0);
});

test('helm upgrade in mid-flight: the next leader goes on', async () => {
  const before = await pods(OPERATORS);
  await apply(stage, 'back', { mode: 'iptables', ...LOOKED, ...HELD });
  await stage.until('a node in transit', async () =>
    Object.values(await nodePhases(stage, 'back')).includes('Verifying'),
  );
  await release('upgrade', CHART, '--wait', '--timeout=3m', ...sets('logLevel=debug'));
  const old = new Set(before.map(({ metadata }) => metadata.uid));
  await until(
    'the old operators gone',
    async () => !(await pods(OPERATORS)).some(({ metadata }) => old.has(metadata.uid)),
  );
  await letGo(stage, 'back');
  await phase(stage, 'back', ['Succeeded']);
  for (const node of lab.nodes) expect(await lab.kubeProxyMode(node)).toBe('iptables');
});

test('helm uninstall leaves the CRDs with their migrations, and nothing else', async () => {
  await uninstall();
  const kinds = 'all,sa,cm,secret,pdb,role,rolebinding,clusterrole,clusterrolebinding,networkpolicy,priorityclass,crd';
  const names = CRDS.map((name) => `customresourcedefinition.apiextensions.k8s.io/${name}`)
    .toSorted()
    .join('\n');
  await until('nothing but the CRDs', async () => {
    const left = await lab.kubectl('get', kinds, '--all-namespaces', `--selector=${LABEL}`, '--output=name');
    return left.trim().split('\n').toSorted().join('\n') === names;
  });
  expect(await lab.kubectl('get', 'pmm', '--output=name')).toContain('proxymodemigration.proxymode.dev/back');
});
