// The lab itself: that its nodes, Services and faults are what the other tests take them for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import { labtool } from './binaries.ts';
import { labBin, labUp, until, type Lab } from './lab.ts';

const service = '10.96.100.100:80';

let lab: Lab;

beforeAll(async () => {
  lab = await labUp();
  await lab.resetKubeProxy();
});

/** What the echo server behind `address` says to a client on the node: the name of the pod that answered. */
async function echo(node: string, address: string): Promise<string> {
  const { stdout, stderr } = await lab.exec(node, [labtool, 'get', `http://${address}/`]);
  return stdout || stderr;
}

async function echoPods(): Promise<{ name: string; node: string }[]> {
  const columns = 'custom-columns=NAME:.metadata.name,NODE:.spec.nodeName';
  const table = await lab.kubectl('get', 'pods', '-l', 'app=echo', '--no-headers', '-o', columns);
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', node = ''] = line.split(/\s+/);
      return { name, node };
    });
}

const isReady = async (node: string): Promise<boolean> =>
  / Ready /.test(await lab.kubectl('get', 'node', node, '--no-headers'));

describe('a lab that is up', () => {
  test('has three ready nodes, the first of them a control plane node', async () => {
    expect(lab.nodes).toEqual(['n1', 'n2', 'n3']);
    for (const node of lab.nodes) expect(await isReady(node)).toBe(true);
    const controlPlane = await lab.kubectl('get', 'nodes', '-l', 'node-role.kubernetes.io/control-plane', '-o', 'name');
    expect(controlPlane.trim()).toBe('node/n1');
  });

  test('runs kube-proxy in iptables mode everywhere', async () => {
    for (const node of lab.nodes) expect(await lab.kubeProxyMode(node)).toBe('iptables');
  });

  test('answers for its Service on every node, by ClusterIP and by the NodePort of every other node', async () => {
    for (const node of lab.nodes) {
      expect(await echo(node, service)).toMatch(/^echo-/);
      for (const number of [1, 2, 3]) expect(await echo(node, `10.250.0.1${number}:30080`)).toMatch(/^echo-/);
    }
  });

  test('answers for its Service in every pod, over kubectl exec', async () => {
    const pods = await echoPods();
    expect(pods.map(({ node }) => node).toSorted()).toEqual(lab.nodes);
    for (const { name } of pods) {
      expect(await lab.kubectl('exec', name, '--', '/labtool', 'get', `http://${service}/`)).toMatch(/^echo-/);
    }
  });

  test('lets the machine in by port-forward', async () => {
    const [pod] = await echoPods();
    const args = ['--kubeconfig', lab.kubeconfig, 'port-forward', `pod/${pod?.name}`, ':8080'];
    const forward = spawn(join(labBin, 'kubectl'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(createInterface(forward.stdout), 'line')) as [string];
      const address = /127\.0\.0\.1:\d+/.exec(line)?.[0];
      const response = await fetch(`http://${address}/`);
      expect(await response.text()).toContain(pod?.name);
    } finally {
      forward.kill();
    }
  });
});

describe('a probe', () => {
  test('counts nothing while nothing happens', async () => {
    const probe = await lab.startProbe('n2', service, 10);
    await echo('n2', service);
    const report = await probe.stop();
    expect(report).toMatchObject({ node: 'n2', target: service, failed: 0, failSpanMs: 0, kinds: {} });
    expect(report.total).toBeGreaterThan(0);
  });

  test('counts and names failures', async () => {
    const probe = await lab.startProbe('n2', '10.250.0.12:9', 5);
    const report = await probe.stop();
    expect(report.total, 'however soon it is stopped').toBeGreaterThan(0);
    expect(report.kinds).toEqual({ refused: report.total });
    expect(Date.parse(report.lastFailure ?? '') - Date.parse(report.firstFailure ?? '')).toBe(report.failSpanMs);
  });
});

test('an edited mode reaches a node with the next kube-proxy pod, and no other node', async () => {
  await lab.setMode('nftables');
  expect(await lab.restartKubeProxy('n2')).toBe('nftables');
  expect(await lab.kubeProxyMode('n3')).toBe('iptables');
  expect((await lab.exec('n2', ['nft', 'list', 'tables'])).stdout).toContain('table ip kube-proxy');
  expect(await echo('n2', service)).toMatch(/^echo-/);
  await lab.resetKubeProxy();
  expect(await lab.kubeProxyMode('n2')).toBe('iptables');
});

test('a kube-proxy that starts again in nftables mode keeps what it has programmed', async () => {
  // With an image that has no /etc/protocols it deletes its maps then: see preflight/rules/nft-protocol-names.ts.
  await lab.setMode('nftables');
  for (const start of ['first', 'second', 'third']) {
    expect(await lab.restartKubeProxy('n2'), `${start} start`).toBe('nftables');
    expect(await echo('n2', service), `${start} start`).toMatch(/^echo-/);
  }
  await lab.resetKubeProxy();
});

test('a node that crashed is NotReady, and Ready with its Services when started again', async () => {
  await lab.crashNode('n3');
  await expect(lab.kubeProxyMode('n3')).rejects.toThrow('node n3 is down');
  await until('n3 NotReady', async () => !(await isReady('n3')));
  await lab.startNode('n3');
  await until('n3 Ready', () => isReady('n3'));
  await until('Service on n3', async () => (await echo('n3', service)).startsWith('echo-'));
});

test('Services outlive a stopped kubelet and a stopped API server', async () => {
  await lab.stopKubelet('n2');
  await lab.stopApiServer();
  await expect(lab.kubectl('get', 'nodes')).rejects.toThrow('exit 1');
  expect(await echo('n2', service)).toMatch(/^echo-/);
  await lab.startApiServer();
  await lab.startKubelet('n2');
  await until('nodes Ready', async () => (await Promise.all(lab.nodes.map(isReady))).every(Boolean));
});
