// The trial on real nodes: the real kube-proxy in a network of its own, before anything of a node is touched.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PROXY_MODE_MIGRATIONS } from '../../src/api/kinds.ts';
import { apply, gone, HELD, nodeIs, letGo, phase, records, remove, stalled, UNSEEN } from '../scenarios/actions.ts';
import { configText, everywhere, modes, podUIDs } from '../scenarios/cluster.ts';
import { PODS, type RunningOperator } from '../scenarios/stage.ts';
import { labStage, type LabStage } from './lab-stage.ts';
import { labUp, type Lab } from './lab.ts';
import { OPERATOR_NAMESPACE } from './operator-user.ts';

/** The kernel of the lab has no ipvs: this is what kube-proxy says then, in the trial as in its place. */
const NO_IPVS = "can't use the IPVS proxier: ipvs not supported";
const TRIAL_PODS = 'proxymode-trial-';

describe('the trial', () => {
  let lab: Lab;
  let stage: LabStage;
  let operator: RunningOperator;

  beforeAll(async () => {
    lab = await labUp();
    stage = await labStage(lab);
    operator = await stage.startOperator();
  }, 600_000);

  afterEach(async () => {
    for (const { metadata } of (await stage.client.list(PROXY_MODE_MIGRATIONS)).items) {
      await remove(stage, metadata.name);
      await gone(stage, metadata.name);
    }
    await nothingIsLeft();
  });

  afterAll(async () => {
    await stage.close();
  });

  /** Names of pods in which something is being tried. */
  async function trialPods(): Promise<string[]> {
    const { items } = await stage.client.list(PODS, { namespace: OPERATOR_NAMESPACE });
    return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(TRIAL_PODS));
  }

  async function nothingIsLeft(): Promise<void> {
    await stage.until('the pods of the trial to be gone', async () => (await trialPods()).length === 0);
  }

  async function output(node: string, ...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await lab.exec(node, argv);
    if (code !== 0) throw new Error(`${argv.join(' ')} on ${node}: ${stderr}`);
    return stdout;
  }

  /** All that a kube-proxy in the wrong network would change: rules, chains and tables without their counters, and limits. */
  async function kernelOf(node: string): Promise<Record<string, string>> {
    const withoutCounters = (text: string): string =>
      text.replace(/^#.*$|\[\d+:\d+\]|counter packets \d+ bytes \d+/gm, '');
    return {
      nft: withoutCounters(await output(node, 'nft', 'list', 'ruleset')),
      iptables: withoutCounters(await output(node, 'iptables-save')),
      ip6tables: withoutCounters(await output(node, 'ip6tables-save')),
      devices: (await output(node, 'ls', '/sys/class/net')).replace(/^veth.*\n/gm, ''),
      most: await output(node, 'cat', '/proc/sys/net/netfilter/nf_conntrack_max'),
      hashes: await output(node, 'cat', '/sys/module/nf_conntrack/parameters/hashsize'),
      localnet: await output(node, 'cat', '/proc/sys/net/ipv4/conf/all/route_localnet'),
    };
  }

  async function kernels(): Promise<Record<string, Record<string, string>>> {
    return Object.fromEntries(await Promise.all(lab.nodes.map(async (node) => [node, await kernelOf(node)] as const)));
  }

  async function trials(name: string): Promise<Record<string, unknown>> {
    return Object.fromEntries([...(await records(stage, name))].map(([node, { trial }]) => [node, trial]));
  }

  for (const from of ['iptables', 'nftables'])
    it(`a mode that no node can run is not begun with, from ${from}`, async () => {
      await lab.resetKubeProxy(from);
      const before = [await configText(stage), await podUIDs(stage), await kernels()];
      const probes = await stage.probeServices();
      await apply(stage, 'to-ipvs', { mode: 'ipvs', preflight: { ...UNSEEN.preflight, trial: 'PerNode' } });
      const { message, preflight } = await stalled(stage, 'to-ipvs', 'PreflightBlocked');
      expect(message).toContain(NO_IPVS);
      expect(message).toContain('nothing was changed');
      expect(preflight?.rules[0]).toMatchObject({ rule: 'trial', verdict: 'block', blocking: true, nodes: 3 });
      for (const [, { findings = [] }] of await records(stage, 'to-ipvs'))
        expect(findings[0]).toMatchObject({ rule: 'trial', message: expect.stringContaining(NO_IPVS) });
      const reports = await probes.stop();
      expect([await configText(stage), await podUIDs(stage), await kernels()]).toEqual(before);
      for (const { failed, total } of reports) {
        expect(total).toBeGreaterThan(100);
        expect(failed).toBe(0);
      }
    });

  it('a mode that runs is tried on every node, without a trace on those that wait for their turn', async () => {
    await lab.resetKubeProxy('iptables');
    const before = await kernels();
    const preflight = { ...UNSEEN.preflight, trial: 'PerNode' };
    await apply(stage, 'per-node', { mode: 'nftables', preflight, ...HELD });
    await nodeIs(stage, 'per-node', 'n2', ['Verifying']);
    await nothingIsLeft();
    const { n1, n3 } = await kernels();
    expect({ n1, n3 }).toEqual({ n1: before['n1'], n3: before['n3'] });
    await letGo(stage, 'per-node');
    await phase(stage, 'per-node', ['Succeeded']);
    expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
    const tried = await trials('per-node');
    stage.say(JSON.stringify(tried['n1']));
    const passed = { outcome: 'Passed', firstSyncMilliseconds: expect.any(Number) };
    expect(tried).toMatchObject(everywhere(stage, passed));
  });

  it('nodes that are alike share one trial', async () => {
    await lab.resetKubeProxy('nftables');
    await apply(stage, 'per-group', { mode: 'iptables', preflight: { ...UNSEEN.preflight, trial: 'PerGroup' } });
    await phase(stage, 'per-group', ['Succeeded']);
    const { n1, n2, n3 } = await trials('per-group');
    stage.say(JSON.stringify(n1));
    expect([n1, n2, n3]).toEqual([expect.objectContaining({ outcome: 'Passed' }), undefined, undefined]);
  });

  it('an operator that is killed in the middle of it leaves nothing, and the next one makes it anew', async () => {
    await lab.resetKubeProxy('iptables');
    await operator.kill();
    const killed = stage.startAs('killed-while-trying');
    await apply(stage, 'killed', { mode: 'nftables', preflight: { ...UNSEEN.preflight, trial: 'PerNode' } });
    await stage.until('a trial to be under way', async () => (await trialPods()).length > 0);
    await killed.kill();
    const left = await trialPods();
    stage.say(`left by the kill: ${left.join(' ')}`);
    expect(left).not.toEqual([]);
    const uids = await podUIDs(stage);
    stage.startAs('killed-while-trying');
    await phase(stage, 'killed', ['Succeeded']);
    await nothingIsLeft();
    expect(Object.values(await podUIDs(stage)).filter((uid) => Object.values(uids).includes(uid))).toEqual([]);
  });
});
