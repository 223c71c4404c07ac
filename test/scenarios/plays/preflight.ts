// What is looked at before anything is touched, and what is made ready on a node.
import { expect } from 'vitest';
import type { NodeFinding } from '../../../src/api/preflight-status.ts';
import { apply, gone, HELD, LOOKED_AT, nodeIs, records, remove, retry, stalled } from '../actions.ts';
import { configText, everywhere, modes, podUIDs } from '../cluster.ts';
import { PODS, type Scenario, type Stage } from '../stage.ts';

export const PREFLIGHT: readonly Scenario[] = [
  { title: 'a mode the kernels cannot run is found out before anything is touched', play: blocked },
  { title: 'a sysctl is set before the switch, and put back when the migration is given up', play: sysctl },
];

const FORWARD = 'net.ipv4.ip_forward';

/** Helper pods are gone, or on their way. */
async function nothingLeft(stage: Stage): Promise<void> {
  const selection = { labelSelector: 'app.kubernetes.io/managed-by=proxymode' };
  const left = async (): Promise<boolean> => (await stage.client.list(PODS, selection)).items.length === 0;
  await stage.until('the helper pods to be gone', left);
}

async function blocked(stage: Stage): Promise<void> {
  const [original, before] = [await configText(stage), await podUIDs(stage)];
  await stage.startOperator();
  await apply(stage, 'to-ipvs', { mode: 'ipvs', ...LOOKED_AT });
  const status = await stalled(stage, 'to-ipvs', 'PreflightBlocked');
  expect(status.message).toContain('nothing was changed');
  const isAboutKernel = ({ rule, blocking }: { rule: string; blocking: boolean }): boolean =>
    blocking && ['ipvs-modules', 'ipvs-ko-missing'].includes(rule);
  expect(status.preflight?.rules.some(isAboutKernel)).toBe(true);
  // The migration says it first, the nodes' records follow.
  let found: NodeFinding | undefined;
  await stage.until('n2’s record to say it, too', async () => {
    found = (await records(stage, 'to-ipvs')).get('n2')?.findings?.find(isAboutKernel);
    return found !== undefined;
  });
  stage.say(`${found?.message}\n${found?.fix}`);
  expect(found).toMatchObject({ verdict: 'block', message: expect.stringContaining('ip_vs'), fix: expect.any(String) });
  for (const node of stage.nodes) await nodeIs(stage, 'to-ipvs', node, ['Pending']);
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, before]);
  await nothingLeft(stage);
  await retry(stage, 'to-ipvs');
  await stalled(stage, 'to-ipvs', 'PreflightBlocked');
  await remove(stage, 'to-ipvs');
  await gone(stage, 'to-ipvs');
}

async function sysctl(stage: Stage): Promise<void> {
  await stage.sysctl('n2', FORWARD, '0');
  try {
    await stage.startOperator();
    await apply(stage, 'ready', { mode: 'nftables', ...HELD, nodeAccess: {}, preflight: { persist: false } });
    await nodeIs(stage, 'ready', 'n2', ['Verifying']);
    expect(await stage.sysctl('n2', FORWARD)).toBe('1');
    const found = await records(stage, 'ready');
    expect(found.get('n2')?.preparation).toMatchObject({ sysctls: [{ name: FORWARD, from: '0', to: '1' }] });
    expect(found.get('n2')?.preparation?.doneAt).toBeDefined();
    expect(found.get('n3')?.preparation?.sysctls ?? []).toEqual([]);
    await remove(stage, 'ready');
    await gone(stage, 'ready');
    expect(await stage.sysctl('n2', FORWARD), 'as it was').toBe('0');
    expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
    await nothingLeft(stage);
  } finally {
    await stage.sysctl('n2', FORWARD, '1');
  }
}
