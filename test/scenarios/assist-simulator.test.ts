// Strategy Assist where the lab has no such cluster: kube-proxies that have flags only, and versions that fall back without a word.
import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/start.ts';
import { apply, nodeIs, nodePhases, phase, records, stalled, statusOf } from './actions.ts';
import {
  configText,
  deletePod,
  everywhere,
  modes,
  podUIDs,
  putDaemonSetBack,
  removeDaemonSet,
  writeConfig,
} from './cluster.ts';
import { simulatorStage, type SimulatorStage } from './simulator-stage.ts';
import { DAEMON_SETS, type DaemonSet } from './stage.ts';

async function on(simulator: Partial<SimulatorOptions>, play: (stage: SimulatorStage) => Promise<void>): Promise<void> {
  const stage = await simulatorStage({ simulator });
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

/** In the stage's time: a busy machine is slow. */
const PATIENCE = 300_000;
const STRATEGY = { rollout: { strategy: 'Assist' } } as const;

type Template = { readonly template: { readonly spec: { readonly containers: readonly object[] } } };

function withFlags(daemonSet: DaemonSet, mode: string): DaemonSet {
  const spec = daemonSet.spec as Template;
  const command = ['/usr/local/bin/kube-proxy', `--proxy-mode=${mode}`, '--hostname-override=$(NODE_NAME)'];
  const containers = spec.template.spec.containers.map((container) => ({ ...container, command, args: [] }));
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  return { ...daemonSet, spec: { ...spec, updateStrategy: { type: 'OnDelete' }, template } };
}

describe('a kube-proxy that has flags only', () => {
  it('is verified once its owner has changed the flag', () =>
    on({}, async (stage) => {
      const original = await removeDaemonSet(stage);
      await putDaemonSetBack(stage, withFlags(original, 'iptables'));
      const runsIptables = async (): Promise<boolean> =>
        Object.values(await modes(stage)).every((one) => one === 'iptables');
      await stage.until('every node to run iptables', runsIptables, PATIENCE);
      await stage.startOperator();
      await apply(stage, 'assist', { mode: 'nftables', ...STRATEGY });
      const waits = async (): Promise<boolean> =>
        (await statusOf(stage, 'assist')).message?.includes('waiting for somebody to change it') === true;
      await stage.until('it to wait for somebody', waits, PATIENCE);
      const status = await statusOf(stage, 'assist');
      expect(status.message).toContain('DaemonSet kube-system/kube-proxy, --proxy-mode says iptables');
      expect(status.kubeProxy).toEqual({ namespace: 'kube-system', daemonSet: 'kube-proxy' });
      expect(status.plan?.diff).toContain('+--proxy-mode=nftables');
      const { spec } = withFlags(original, 'nftables');
      await stage.client.mergePatch(DAEMON_SETS, { namespace: 'kube-system', name: 'kube-proxy' }, { spec });
      for (const node of stage.nodes) await deletePod(stage, node);
      expect(await phase(stage, 'assist', ['Succeeded'])).toMatchObject({ progress: '3/3' });
      expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
    }));

  it('is refused by a migration that would have to edit it', () =>
    on({}, async (stage) => {
      await putDaemonSetBack(stage, withFlags(await removeDaemonSet(stage), 'iptables'));
      await stage.startOperator();
      await apply(stage, 'in-place', { mode: 'nftables' });
      expect((await stalled(stage, 'in-place', 'ConfigMapNotFound')).message).toContain('its mode is in the flags');
    }));
});

describe('a kube-proxy that falls back without a word', () => {
  it('is named, while the others are verified', () =>
    on(
      { version: 'v1.25.16', nodes: [{ name: 'n1' }, { name: 'n2', cannotRun: { ipvs: 'no-ipvs' } }, { name: 'n3' }] },
      async (stage) => {
        await stage.startOperator();
        await apply(stage, 'assist', { mode: 'ipvs', ...STRATEGY });
        await nodeIs(stage, 'assist', 'n2', ['Pending']);
        await writeConfig(stage, (await configText(stage)).replace(/^mode: .*$/m, 'mode: "ipvs"'));
        await stage.until(
          'the change to be seen',
          async () => (await statusOf(stage, 'assist')).config?.appliedAt !== undefined,
          PATIENCE,
        );
        const before = await podUIDs(stage);
        for (const node of stage.nodes) await deletePod(stage, node);
        const status = await stalled(stage, 'assist', 'UpstreamChangeFailed');
        expect(status.message).toContain('n2: the configuration says ipvs, but the new kube-proxy answers iptables');
        for (const node of ['n1', 'n3']) await nodeIs(stage, 'assist', node, ['Switched']);
        expect(await nodePhases(stage, 'assist')).toEqual({ n1: 'Switched', n2: 'FellBack', n3: 'Switched' });
        expect((await records(stage, 'assist')).get('n2')?.evidence?.mode).toBe('iptables');
        stage.simulator.node('n2').cannotRun('ipvs', undefined);
        await deletePod(stage, 'n2');
        expect(await phase(stage, 'assist', ['Succeeded'])).toMatchObject({ progress: '3/3' });
        expect(Object.values(await podUIDs(stage)).some((uid) => Object.values(before).includes(uid))).toBe(false);
      },
    ));
});
