// `kubectl proxymode audit` and `trace` on live nodes, as people run them: the built plugin, started by the real kubectl.
import { mkdtempSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AuditReport, NodesReport } from '../../src/cli/audit/report.ts';
import { HELPER_SELECTOR } from '../../src/node/helper-pod.ts';
import { pluginFolder } from '../cli/plugin.ts';
import { labBin, labUp, until, type Lab } from './lab.ts';
import { run, type Outcome } from './run.ts';

const ECHO = '10.96.100.100';

let lab: Lab;
let path: string;

beforeAll(async () => {
  path = [pluginFolder(), labBin, process.env['PATH'] ?? ''].join(delimiter);
  lab = await labUp();
});

// A lab with a broken node is not whole: the next test would make another one.
afterAll(() => lab.resetKubeProxy());

function proxymode(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, PATH: path, KUBECONFIG: lab.kubeconfig };
  return run([join(labBin, 'kubectl'), 'proxymode', ...args], { env, timeout: 180_000 });
}

async function audit(...args: readonly string[]): Promise<AuditReport> {
  return JSON.parse((await proxymode('audit', '-q', '-o', 'json', ...args)).stdout) as AuditReport;
}

/** Of any namespace, also those that are just ending. */
const helpers = (): Promise<string> => lab.kubectl('get', 'pods', '-A', '-l', HELPER_SELECTOR, '-o', 'name');

async function must(node: string, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(node, argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

afterEach(async () => {
  await until('no helper pod is left', async () => (await helpers()) === '', { within: 20_000 });
});

type Planted = {
  readonly rule: string;
  /** With the entry of the map gone, nftables refuses what goes to a Service's address; iptables lets it pass. */
  readonly kind: string;
  readonly plant: (node: string) => Promise<void>;
};

/** The rules that lead new connections to the echo Service. */
const PLANTED: Readonly<Record<'iptables' | 'nftables', Planted>> = {
  iptables: {
    rule: 'KUBE-SERVICES',
    kind: 'missing',
    plant: async (node) => {
      const rules = await must(node, 'iptables-nft', '-t', 'nat', '-S', 'KUBE-SERVICES');
      const words = rules.split('\n').find((line) => line.includes(`${ECHO}/32`) && line.includes('KUBE-SVC-'));
      const at = rules
        .split('\n')
        .filter((line) => line.startsWith('-A'))
        .indexOf(words ?? '');
      await must(node, 'iptables-nft', '-t', 'nat', '-D', 'KUBE-SERVICES', String(at + 1));
    },
  },
  nftables: {
    rule: 'service-ips',
    kind: 'wrong',
    plant: async (node) => {
      await must(node, 'nft', 'delete', 'element', 'ip', 'kube-proxy', 'service-ips', `{ ${ECHO} . tcp . 80 }`);
    },
  },
};

describe.each(['iptables', 'nftables'] as const)('in mode %s', (mode) => {
  beforeAll(async () => {
    await lab.resetKubeProxy(mode);
  });

  test('healthy nodes have no finding', async () => {
    const { code, stdout, stderr } = await proxymode('audit', '-o', 'json');
    const { nodes, notRead } = JSON.parse(stdout) as NodesReport;
    expect(notRead).toEqual([]);
    expect(nodes.map(({ node, findings }) => ({ node, mode, findings }))).toEqual(
      lab.nodes.map((node) => ({ node, mode, findings: [] })),
    );
    expect(nodes.every((one) => one.mode === mode && one.checked.services === 2)).toBe(true);
    expect(stderr).toContain('Reading the rules of 3 nodes');
    expect(code).toBe(0);
  });

  test('a Service is followed to its ready endpoints', async () => {
    const endpoints = await lab.kubectl('get', 'pods', '-l', 'app=echo', '-o', 'jsonpath={.items[*].status.podIP}');
    const told = await proxymode('trace', 'default/echo', '--node', 'n2', '--from', 'host', '-q', '-o', 'json');
    const { traces } = JSON.parse(told.stdout) as {
      traces: { front: string; wrong: string | null; endings: { kind: string; at: string }[] }[];
    };
    const [clusterIP] = traces.filter(({ front }) => front === 'clusterIP');
    expect(clusterIP).toMatchObject({ packet: { destination: ECHO, port: 80 }, wrong: null });
    expect(clusterIP?.endings.map(({ at }) => at).toSorted()).toEqual(
      endpoints
        .split(' ')
        .map((address) => `${address}:8080`)
        .toSorted(),
    );
    expect(told.code).toBe(0);
  });

  test('a rule that somebody deleted is found by name, live and in what was recorded', async () => {
    const { rule, kind: wanted, plant } = PLANTED[mode];
    await plant('n3');
    const folder = join(mkdtempSync(join(lab.state, 'audit-')), 'n3');
    const live = await audit('--node', 'n3', '--record', folder);
    const errors = live.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ service, kind }) => ({ service, kind }))).toContainEqual({
      service: 'default/echo:http',
      kind: wanted,
    });
    expect(errors.map(({ where }) => where).join(' ')).toContain(rule);
    expect(errors.filter(({ service }) => service !== 'default/echo:http')).toEqual([]);
    expect(await audit('--from', folder)).toEqual(live);
    const traced = await proxymode('trace', 'default/echo', '--node', 'n3', '-q');
    expect(traced).toMatchObject({ code: 2, stdout: expect.stringContaining('✗ Wrong') as string });
  });
});

test('an interrupted audit leaves no helper pod', async () => {
  const script =
    'kubectl-proxymode audit -q & pid=$!; while ! kubectl get pods -l "$1" -o name | grep -q .; do :; done; kill -INT $pid; wait $pid';
  const env = { ...process.env, PATH: path, KUBECONFIG: lab.kubeconfig };
  expect(await run(['sh', '-c', script, 'sh', HELPER_SELECTOR], { env, timeout: 60_000 })).toMatchObject({ code: 130 });
});

test('a namespace that admits no privileged pod is told of, with what to do', async () => {
  await lab.kubectl('create', 'namespace', 'guarded');
  try {
    await lab.kubectl('label', 'namespace', 'guarded', 'pod-security.kubernetes.io/enforce=baseline');
    const { code, stderr } = await proxymode('audit', '-q', '--namespace', 'guarded');
    expect(code).toBe(1);
    expect(stderr).toContain('namespace guarded does not admit the helper pod');
    expect(stderr).toContain('name a namespace that admits privileged pods with --namespace');
  } finally {
    await lab.kubectl('delete', 'namespace', 'guarded');
  }
});
