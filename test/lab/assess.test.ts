// `kubectl proxymode assess` on a real cluster, as people run it: the built plugin, found and started by the real kubectl.
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Assessment } from '../../src/cli/assess/assessment.ts';
import { pluginFolder } from '../cli/plugin.ts';
import { labBin, labUp, type Lab } from './lab.ts';
import { accountKubeconfig, operatorUser } from './operator-user.ts';
import { run, type Outcome } from './run.ts';

const VIEWER = 'assess-viewer';
/** It takes two; a machine that runs a whole cluster on two cores, and more beside it, may need some. */
const SECONDS = 30;
/** What neither kubelets nor controllers touch while nobody asks for anything: nodes, leases and events do change by themselves. */
const STILL = [
  'configmaps,daemonsets,deployments,pods,services,serviceaccounts,secrets,roles,rolebindings',
  'clusterroles,clusterrolebindings,customresourcedefinitions,namespaces',
].join(',');

let lab: Lab;
let path: string;

beforeAll(async () => {
  path = [pluginFolder(), labBin, process.env['PATH'] ?? ''].join(delimiter);
  lab = await labUp();
  await lab.resetKubeProxy();
});

type Told = Outcome & { readonly seconds: number };

async function assess(kubeconfig: string, ...args: readonly string[]): Promise<Told> {
  const started = performance.now();
  const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig };
  const outcome = await run([join(labBin, 'kubectl'), 'proxymode', 'assess', ...args], { env, timeout: 60_000 });
  return { ...outcome, seconds: (performance.now() - started) / 1000 };
}

const assessment = ({ stdout }: Told): Assessment => JSON.parse(stdout) as Assessment;
const verdicts = ({ targets }: Assessment): Record<string, string> =>
  Object.fromEntries(targets.map(({ mode, verdict }) => [mode, verdict]));
const undecided = ({ targets }: Assessment, wanted: string): readonly string[] =>
  targets.find(({ mode }) => mode === wanted)?.undecided ?? [];

/** kind/namespace/name and resourceVersion of each object. */
async function objects(): Promise<readonly string[]> {
  const fields = ['.kind', '.metadata.namespace', '.metadata.name', '.metadata.resourceVersion'];
  const line = fields.map((field) => `{${field}}`).join('/');
  return (await lab.kubectl('get', STILL, '-A', '-o', `jsonpath={range .items[*]}${line}{"\\n"}{end}`)).split('\n');
}

describe('as an administrator', () => {
  let told: Told;
  let before: readonly string[];

  beforeAll(async () => {
    before = await objects();
    told = await assess(lab.kubeconfig, '-o', 'json');
    process.stdout.write(`assess of the lab took ${told.seconds.toFixed(1)} s\n`);
  });

  test('takes seconds, shows where it is, and leaves everything as it was', async () => {
    expect(told.seconds).toBeLessThan(SECONDS);
    expect(told.stderr).toContain('Asking kube-proxy on 3 nodes\n');
    expect(await objects()).toEqual(before);
  });

  test('hears every kube-proxy, and finds what configures them', () => {
    const { kubeProxy, nodes, cluster, distribution } = assessment(told);
    expect(kubeProxy).toMatchObject({
      place: 'DaemonSet',
      daemonSet: 'kube-system/kube-proxy',
      configMap: 'kube-system/kube-proxy',
      writtenMode: 'iptables',
      mode: 'iptables',
    });
    expect(kubeProxy.version).toBe(cluster.version);
    expect(nodes).toMatchObject({ total: 3, answered: 3 });
    expect(nodes?.groups.flatMap((group) => group.nodes.map((node) => `${node} ${group.mode}`)).toSorted()).toEqual([
      'n1 iptables',
      'n2 iptables',
      'n3 iptables',
    ]);
    expect(distribution).toMatchObject({ right: 'EDIT', reverted: false });
  });

  test('knows which mode is in force, and promises nothing that only the nodes could tell', () => {
    const found = assessment(told);
    expect(verdicts(found)).toEqual({ iptables: 'current', ipvs: 'unknown', nftables: 'unknown' });
    // The lab's kernel has no ipvs, which only a look at the nodes would show.
    expect(undecided(found, 'ipvs')).toContain('ipvs-ko-missing');
    expect(found.findings.filter(({ verdict }) => verdict === 'block')).toEqual([]);
    expect(found.notSeen.map(({ what }) => what)).toEqual([
      'the nodes themselves: kernel modules, sysctls, nft, rules of others',
    ]);
    expect(told.code).toBe(3);
  });

  test('nftables is ready once somebody takes the responsibility for what cannot be told', async () => {
    const accept = undecided(assessment(told), 'nftables').join(',');
    const { code, stdout, stderr } = await assess(
      lab.kubeconfig,
      '-q',
      '--target=nftables',
      `--accept=${accept}`,
      '--output=json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(verdicts(JSON.parse(stdout) as Assessment)).toEqual({ nftables: 'ready' });
  });

  test('prints the same as YAML, as Markdown, and as a table that fits a screen', async () => {
    const [yaml, markdown, table] = await Promise.all(
      ['yaml', 'markdown', 'table'].map((output) => assess(lab.kubeconfig, '-q', '-o', output)),
    );
    expect(verdicts(parse(yaml?.stdout ?? '') as Assessment)).toEqual(verdicts(assessment(told)));
    expect(markdown?.stdout).toMatch(/^\|.*iptables.*\|.*ipvs.*\|.*nftables.*\|/m);
    expect(table?.stdout).toContain('iptables: in force · ipvs: cannot tell · nftables: cannot tell');
    expect(Math.max(...(table?.stdout ?? '').split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect([yaml, markdown, table].map((one) => [one?.code, one?.stderr])).toEqual([
      [3, ''],
      [3, ''],
      [3, ''],
    ]);
  });
});

describe('as a user who may only view', () => {
  let kubeconfig: string;

  beforeAll(async () => {
    kubeconfig = await viewer();
  });

  test('works, says what was not seen, and takes nothing unseen for fine', async () => {
    const told = await assess(kubeconfig, '-o', 'json');
    const found = assessment(told);
    expect(told.seconds).toBeLessThan(SECONDS);
    expect(found.kubeProxy).toMatchObject({ place: 'DaemonSet', mode: 'iptables' });
    expect(found.nodes).toBeNull();
    const [unlisted, ...others] = found.notSeen;
    expect(unlisted).toMatchObject({ why: 'your user may not read them' });
    expect(unlisted?.what.split(', ')).toContain('nodes');
    expect(others.map(({ why }) => why)).toEqual([
      'which nodes there are was not seen',
      'assess only reads the API and starts no pod',
    ]);
    expect(verdicts(found)).toEqual({ iptables: 'current', ipvs: 'unknown', nftables: 'unknown' });
    expect(told.code).toBe(3);
  });

  test('cannot write, so that nothing was written', async () => {
    for (const what of ['pods', 'configmaps', 'pods/portforward', 'nodes', 'daemonsets.apps'])
      for (const verb of ['create', 'patch', 'delete']) expect(await mayI(kubeconfig, verb, what)).toBe('no');
  });

  test('sees in the table what is missing', async () => {
    const { stdout, stderr } = await assess(kubeconfig, '-q');
    expect(stdout).toContain('Not seen');
    expect(stdout).toContain('your user may not read them');
    expect(stderr).toBe('');
  });
});

describe('as a user who has the rights the chart gives without an operator', () => {
  test('sees everything but what only nodes and port-forwards tell', async () => {
    const told = await assess(await operatorUser(lab, 'assess-only'), '-o', 'json');
    const found = assessment(told);
    expect(found.kubeProxy).toMatchObject({ place: 'DaemonSet', writtenMode: 'iptables' });
    expect(found.nodes).toMatchObject({ total: 3, answered: 0 });
    expect(found.notSeen.map(({ why }) => why)).toEqual([
      'your user may not forward ports to pods',
      'assess only reads the API and starts no pod',
    ]);
    expect(verdicts(found)).toEqual({ iptables: 'current', ipvs: 'unknown', nftables: 'unknown' });
    expect(told.code).toBe(3);
  });
});

/** Resolves with the path of a kubeconfig. */
async function viewer(): Promise<string> {
  const namespace = 'default';
  const metadata = { name: VIEWER, namespace };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: VIEWER },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  };
  const folder = join(lab.state, 'manifests');
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, `${VIEWER}.json`);
  const items = [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, binding];
  writeFileSync(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await lab.kubectl('apply', '-f', manifest);
  return accountKubeconfig(lab, VIEWER, namespace);
}

async function mayI(kubeconfig: string, verb: string, what: string): Promise<string> {
  const { stdout } = await run([join(labBin, 'kubectl'), `--kubeconfig=${kubeconfig}`, 'auth', 'can-i', verb, what]);
  return stdout.trim();
}
