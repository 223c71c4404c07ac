// `kubectl proxymode assess` as a process, against an API server on loopback: what it prints, how it ends, and that it only reads.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from 'kopf-ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { assessRecorded } from './recorded/assess-recorded.ts';
import { serveRecorded, type Served } from './recorded/serve.ts';
import { runCli } from './run-cli.ts';

type Printed = Awaited<ReturnType<typeof assessRecorded>>;

describe('against 200 simulated nodes', () => {
  let simulator: Simulator;

  beforeAll(async () => {
    const nodes = Array.from({ length: 200 }, (_, index) =>
      index < 3 ? { name: `cp-${index + 1}`, controlPlane: true } : { name: `node-${index - 2}` },
    );
    simulator = await startSimulator({ clock: systemClock, nodes, mode: 'iptables' });
  });
  afterAll(() => simulator.close());

  it('reads all of it in seconds, hears every kube-proxy, and writes nothing', async () => {
    simulator.requests.clear();
    const { code, stdout, stderr, milliseconds } = await runCli(['assess', '-o', 'json'], {
      kubeconfig: simulator.kubeconfig(),
    });
    const printed = JSON.parse(stdout) as Printed;
    process.stdout.write(`assess of 200 nodes took ${milliseconds} ms\n`);
    expect(printed.nodes).toMatchObject({ total: 200, answered: 200 });
    expect(printed.targets.map(({ mode, verdict }) => `${mode} ${verdict}`)).toContain('iptables current');
    expect(code).toBe(3);
    expect(stderr).toContain('Asking kube-proxy on 200 nodes\n');
    expect(simulator.requests.writes()).toEqual([]);
    expect(simulator.requests.countBy(({ subresource = '' }) => subresource).get('portforward')).toBe(200);
  });

  it('fits a screen, without colours or control characters where nobody sees them', async () => {
    const { stdout, stderr } = await runCli(['assess', '-q'], { kubeconfig: simulator.kubeconfig() });
    const screen = stdout.slice(0, stdout.indexOf('How to see')).split('\n');
    expect(screen.length).toBeLessThanOrEqual(45);
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toBe('');
  });

  it('asks no node with --no-nodes, and says so', async () => {
    simulator.requests.clear();
    const { stdout } = await runCli(['assess', '-q', '--no-nodes'], { kubeconfig: simulator.kubeconfig() });
    expect(simulator.requests.countBy(({ subresource = '' }) => subresource).get('portforward')).toBeUndefined();
    expect(stdout).toContain('they were not asked (--no-nodes)');
  });

  it('works with a user who may only view, and says what that user did not see', async () => {
    const allowed = [
      simulator.api.deny({ user: 'viewer', resource: 'nodes' }),
      simulator.api.deny({ user: 'viewer', resource: 'pods/portforward' }),
    ];
    simulator.requests.clear();
    const run = await runCli(['assess', '-q'], { kubeconfig: simulator.kubeconfig('viewer') });
    for (const allow of allowed) allow();
    expect(run.stdout).toContain('Not seen      nodes (your user may not read them)');
    expect(run.stdout).toContain('cannot tell');
    expect(run).toMatchObject({ code: 3, stderr: '' });
  });

  it('stops forwarding ports at the first refusal, and goes on', async () => {
    const allow = simulator.api.deny({ user: 'reader', resource: 'pods/portforward' });
    simulator.requests.clear();
    const { stdout, code } = await runCli(['assess', '-q', '-o', 'json'], {
      kubeconfig: simulator.kubeconfig('reader'),
    });
    allow();
    const { nodes, notSeen } = JSON.parse(stdout) as Printed;
    expect(nodes).toMatchObject({ total: 200, answered: 0 });
    expect(notSeen.map(({ why }) => why)).toContain('your user may not forward ports to pods');
    expect(simulator.requests.countBy(({ subresource = '' }) => subresource).get('portforward')).toBe(1);
    expect(code).toBe(3);
  });
});

describe('against a recorded cluster', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serveRecorded('kubespray-ipvs');
  });
  afterAll(() => served.close());

  it('finds over the wire what the rules find in the recording', async () => {
    const { stdout, code, milliseconds } = await runCli(['assess', '-q', '-o', 'json'], {
      kubeconfig: served.api.kubeconfig(),
    });
    process.stdout.write(`assess of the recorded kubespray cluster took ${milliseconds} ms\n`);
    const printed = JSON.parse(stdout) as Printed;
    const recorded = await assessRecorded('kubespray-ipvs');
    expect(summary(printed)).toEqual(summary(recorded));
    expect(code).toBe(2);
  });

  it('judges only the modes it is asked about', async () => {
    const current = await runCli(['assess', '-q', '--target', 'ipvs'], { kubeconfig: served.api.kubeconfig() });
    expect(current).toMatchObject({ code: 0, stderr: '' });
    const unknown = await runCli(['assess', '-q', '--target', 'iptables', '-o', 'yaml'], {
      kubeconfig: served.api.kubeconfig(),
    });
    expect(unknown.code).toBe(3);
    expect(unknown.stdout).toContain('verdict: unknown');
  });

  it('is ready once somebody takes the responsibility for what cannot be told', async () => {
    const { targets } = await assessRecorded('kubespray-ipvs');
    const undecided = targets.find(({ mode }) => mode === 'iptables')?.undecided ?? [];
    const args = ['assess', '-q', '--target', 'iptables', '--accept', undecided.join(',')];
    const { code, stdout } = await runCli(args, { kubeconfig: served.api.kubeconfig() });
    expect(stdout).toContain(`${undecided.length} accepted`);
    expect(code).toBe(0);
  });
});

describe('as a program', () => {
  it('ends with 1 and a sentence where there is nothing to look at', async () => {
    const { code, stdout, stderr } = await runCli(['assess']);
    expect(stderr).toMatch(/^kubectl proxymode: the kubeconfig cannot be read: ENOENT/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('helps at once, exit codes included', async () => {
    const { code, stdout } = await runCli(['assess', '--help']);
    expect(stdout).toContain('Exit codes:');
    expect(code).toBe(0);
  });
});

function summary({ kubeProxy, distribution, nodes, targets, findings }: Printed): unknown {
  const said = findings.map(({ rule, target, verdict, direction, groups }) => ({
    rule,
    target,
    verdict,
    direction,
    groups,
  }));
  return { kubeProxy, distribution, nodes, targets, said };
}
