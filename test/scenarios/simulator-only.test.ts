// Scenarios that the lab cannot play: its kernel cannot be repaired in mid-flight, and its kube-proxies are all 1.36.
import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/start.ts';
import { apply, LOOKED_AT, nodePhases, phase, records, retry, stalled } from './actions.ts';
import { allServe, configText, everywhere, modes, podUIDs } from './cluster.ts';
import { simulatorStage, type SimulatorStage } from './simulator-stage.ts';

async function on(simulator: Partial<SimulatorOptions>, play: (stage: SimulatorStage) => Promise<void>): Promise<void> {
  const stage = await simulatorStage({ simulator });
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

describe('only on the simulator', () => {
  it('with onFailure Pause it stops after a failure, and a retry after the repair takes the rest', () =>
    on({}, async (stage) => {
      const original = await configText(stage);
      stage.simulator.node('n3').cannotRun('nftables', 'no-nft');
      await stage.startOperator();
      await apply(stage, 'careful', { mode: 'nftables', onFailure: 'Pause' });
      const stopped = await stalled(stage, 'careful', 'NodeFailed');
      expect(stopped).toMatchObject({ phase: 'Failed', nodes: { switched: 1, failed: 1, pending: 1 } });
      expect(stopped.message).toContain('proxymode.dev/retry');
      expect(await modes(stage)).toEqual({ n1: 'iptables', n2: 'nftables', n3: 'iptables' });
      expect(await configText(stage), 'whoever restarts now is safe').toBe(original);
      const switched = (await podUIDs(stage))['n2'];
      stage.simulator.node('n3').cannotRun('nftables', undefined);
      await retry(stage, 'careful');
      const status = await phase(stage, 'careful', ['Succeeded']);
      expect(status).toMatchObject({ attempt: 2, nodes: { switched: 3, failed: 0 } });
      expect(await nodePhases(stage, 'careful')).toEqual(everywhere(stage, 'Switched'));
      expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
      expect((await podUIDs(stage))['n2'], 'n2 is not rolled again').toBe(switched);
    }));

  it('with onFailure Rollback the switched nodes go back in reverse order', () =>
    on({}, async (stage) => {
      const original = await configText(stage);
      stage.simulator.node('n1').cannotRun('nftables', 'no-nft');
      await stage.startOperator();
      await apply(stage, 'all-or-none', { mode: 'nftables' });
      const status = await phase(stage, 'all-or-none', ['RolledBack']);
      expect(status).toMatchObject({ nodes: { switched: 0, failed: 1, rolledBack: 2 } });
      const found = await records(stage, 'all-or-none');
      const back = (node: string): number => Date.parse(found.get(node)?.startedAt ?? '');
      expect([back('n1'), back('n3'), back('n2')]).toEqual(
        [back('n1'), back('n3'), back('n2')].toSorted((a, b) => a - b),
      );
      expect(await nodePhases(stage, 'all-or-none')).toEqual({ n1: 'Failed', n2: 'RolledBack', n3: 'RolledBack' });
      expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
      expect(await configText(stage)).toBe(original);
      await allServe(stage);
    }));

  it('a mode that the version does not have is refused before anything is changed', () =>
    on({ version: 'v1.28.9' }, async (stage) => {
      const [original, pods] = [await configText(stage), await podUIDs(stage)];
      await stage.startOperator();
      await apply(stage, 'too-early', { mode: 'nftables' });
      const { message } = await stalled(stage, 'too-early', 'ModeUnsupported');
      expect(message).toContain('node n1 (and 2 more)');
      expect(message).toContain('v1.28.9 has no mode nftables');
      expect(await nodePhases(stage, 'too-early')).toEqual({});
      expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
    }));

  it('one node with an older kube-proxy is enough to refuse', () =>
    on({ nodes: [{ name: 'n1' }, { name: 'n2', kubeProxyVersion: 'v1.28.9' }, { name: 'n3' }] }, async (stage) => {
      await stage.startOperator();
      await apply(stage, 'mixed', { mode: 'nftables' });
      expect((await stalled(stage, 'mixed', 'ModeUnsupported')).message).toContain('node n2: kube-proxy v1.28.9');
      expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
    }));

  it.each([
    [
      'Pod Security',
      { verb: 'create', resource: 'pods' },
      { status: 403, message: 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces' },
      'pod-security.kubernetes.io/enforce=privileged',
    ],
    [
      'a quota',
      { verb: 'create', resource: 'pods' },
      { status: 403, message: 'pods "p" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1' },
      'make room in ResourceQuota few',
    ],
    [
      'a webhook, in front of the ConfigMap',
      { verb: 'patch', resource: 'configmaps' },
      { status: 400, message: 'admission webhook "guard.example" denied the request: not in kube-system' },
      'exempt the operator, or namespace kube-system, in what the webhook guard.example enforces',
    ],
  ] as const)('%s is not taken for a missing right, and does not stop it for good', (_, match, answer, remedy) =>
    on({}, async (stage) => {
      const [original, pods] = [await configText(stage), await podUIDs(stage)];
      const fault = stage.simulator.faults.add({ kind: 'reply', match, times: Infinity, ...answer });
      await stage.startOperator();
      await apply(stage, 'hindered', { mode: 'nftables', ...LOOKED_AT });
      const { message } = await stalled(stage, 'hindered', 'Refused');
      expect(message).toContain(answer.message);
      expect(message).toContain(remedy);
      expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
      fault.disarm();
      await phase(stage, 'hindered', ['Succeeded']);
      expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
    }),
  );

  it('a kube-proxy up to 1.25 that falls back is found out and given its old mode back', () =>
    on({ version: 'v1.25.16' }, async (stage) => {
      const original = await configText(stage);
      await stage.startOperator();
      await apply(stage, 'to-ipvs', { mode: 'ipvs' });
      const status = await phase(stage, 'to-ipvs', ['RolledBack', 'Failed', 'Succeeded']);
      expect(status).toMatchObject({ phase: 'RolledBack', nodes: { fellBack: 1, failed: 0, switched: 0 } });
      expect(status.failures?.[0]).toMatchObject({ node: 'n2', result: 'FellBack' });
      const record = (await records(stage, 'to-ipvs')).get('n2');
      expect(record).toMatchObject({
        phase: 'FellBack',
        reason: 'AnswersAnotherMode',
        evidence: { mode: 'iptables', version: 'v1.25.16' },
        restored: { mode: 'iptables' },
      });
      expect(record?.evidence?.podUID, 'read from another pod than before').not.toBe(record?.before?.podUID);
      expect(await configText(stage)).toBe(original);
      expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
      await allServe(stage);
    }));
});
