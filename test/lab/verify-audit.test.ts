// verify.audit on real nodes: what kube-proxy says of itself is not believed before its rules have been read.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HELPER_SELECTOR } from '../../src/node/helper-pod.ts';
import { apply, HELD, letGo, nodeIs, phase, records } from '../scenarios/actions.ts';
import { configText, everywhere, modes } from '../scenarios/cluster.ts';
import { labStage, type LabStage } from './lab-stage.ts';
import { labUp, until, type Lab } from './lab.ts';

const ECHO = '10.96.100.100';

describe('verify.audit', () => {
  let lab: Lab;
  let stage: LabStage;

  beforeAll(async () => {
    lab = await labUp();
  }, 600_000);

  // A lab with a broken node is not whole: the next test would make another one.
  afterAll(() => lab.resetKubeProxy());

  beforeEach(async () => {
    stage = await labStage(lab);
    await stage.startOperator();
  });

  afterEach(async () => {
    await stage.close();
    const helpers = (): Promise<string> => lab.kubectl('get', 'pods', '-A', '-l', HELPER_SELECTOR, '-o', 'name');
    await until('no helper pod is left', async () => (await helpers()) === '');
  });

  /** Without the entry that leads connections to the echo Service to its chain. kube-proxy does not look at it again. */
  async function breakRules(node: string): Promise<void> {
    const element = `{ ${ECHO} . tcp . 80 }`;
    await until(`the rules of ${node}`, async () => {
      const { code } = await lab.exec(node, ['nft', 'delete', 'element', 'ip', 'kube-proxy', 'service-ips', element]);
      return code === 0;
    });
  }

  /** n2 loses rules while it is verified. */
  async function applyAndBreak(name: string, audit: 'Enforce' | 'Warn'): Promise<void> {
    await apply(stage, name, { mode: 'nftables', rollout: HELD.rollout, verify: { ...HELD.verify, audit } });
    await nodeIs(stage, name, 'n2', ['Verifying']);
    await breakRules('n2');
    await letGo(stage, name);
  }

  it('Enforce: nodes whose rules do what Services demand are switched, there and back', async () => {
    for (const mode of ['nftables', 'iptables'] as const) {
      await apply(stage, `to-${mode}`, { mode, verify: { audit: 'Enforce' } });
      await phase(stage, `to-${mode}`, ['Succeeded']);
      const all = await records(stage, `to-${mode}`);
      expect([...all.keys()].toSorted()).toEqual([...lab.nodes]);
      for (const { evidence } of all.values())
        expect(evidence?.audit).toMatchObject({ services: 2, findings: 0, errors: 0, first: [] });
    }
  });

  it('Enforce: a node whose rules were broken right after it had switched has failed, and is given back', async () => {
    const original = await configText(stage);
    await applyAndBreak('broken', 'Enforce');
    await phase(stage, 'broken', ['RolledBack']);
    const failed = (await records(stage, 'broken')).get('n2');
    expect(failed).toMatchObject({ phase: 'Failed', result: 'Failed', reason: 'RulesWrong' });
    expect(failed?.message).toContain('its rules are not what Services demand: default/echo:http, map service-ips');
    expect(failed?.evidence?.audit).toMatchObject({
      errors: 1,
      first: [{ kind: 'wrong', service: 'default/echo:http', where: 'map service-ips' }],
    });
    expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
    expect(await configText(stage)).toBe(original);
  });

  it('Warn: the same node is switched, and its record says what is wrong', async () => {
    await applyAndBreak('warned', 'Warn');
    await phase(stage, 'warned', ['Succeeded']);
    const all = await records(stage, 'warned');
    expect(all.get('n2')?.message).toContain('; but its rules are not what Services demand: default/echo:http');
    expect(all.get('n3')?.evidence?.audit).toMatchObject({ findings: 0 });
  });
});
