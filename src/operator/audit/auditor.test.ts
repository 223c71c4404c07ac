import { expect, it } from 'vitest';
import { nodeMigrationStatus } from '../../api/node-migration.ts';
import { TaskRefused } from '../node-tasks.ts';
import { createAuditor, type AuditTask } from './auditor.ts';
import { HEALTHY, NODE, proxyStream, shellOf, way, without, type Machine } from './testing/recorded-node.ts';

const task: AuditTask = {
  id: 'audit/node-vm',
  kind: 'audit',
  node: 'node-vm',
  since: 0,
  mode: 'iptables',
  port: 10249,
};

function audit(machine: Machine, name = 'node-vm'): ReturnType<ReturnType<typeof createAuditor>> {
  const { objects, clock, mark, signal } = way();
  const dial = (): ReturnType<typeof proxyStream> => proxyStream();
  return createAuditor({ objects, clock, mark, dial })({ ...task, node: name }, shellOf(machine), signal);
}

it('says how many Services were compared where all is well', async () => {
  expect(NODE.metadata.name).toBe('node-vm');
  expect(await audit({ rules: () => HEALTHY })).toEqual({
    notes: [],
    audit: { services: expect.any(Number) as number, findings: 0, errors: 0, first: [], isBroken: false },
  });
});

it('keeps what breaks connections first, and no more than a record holds', async () => {
  const lines = HEALTHY.split('\n').filter(
    (line) => line.includes('-A KUBE-SERVICES -d') && line.includes('KUBE-SVC-'),
  );
  const broken = lines.slice(0, 8).reduce((rules, line) => rules.replace(`${line}\n`, ''), HEALTHY);
  const { audit: found } = await audit({ rules: () => broken });
  expect(found).toMatchObject({ isBroken: true });
  expect(found?.errors).toBeGreaterThan(5);
  expect(found?.first).toHaveLength(5);
  expect(found?.first.every(({ kind, severity }) => kind === 'missing' && severity === 'error')).toBe(true);
  const { isBroken: _kept, ...counts } = found ?? {};
  const process = { podName: 'kp', podUID: 'u', restarts: 0, readings: 3 };
  const status = { evidence: { ...process, audit: { at: '2026-01-01T00:00:00Z', ...counts } } };
  expect(nodeMigrationStatus.safeParse(status).error?.issues).toBeUndefined();
});

it('what somebody else left behind breaks nothing', async () => {
  const rules = HEALTHY.replace(/^\*nat\n/m, '*nat\n:KUBE-LOAD-BALANCER - [0:0]\n');
  expect(await audit({ rules: () => rules })).toMatchObject({ audit: { isBroken: false } });
});

it('nothing is said of rules that could not be read', async () => {
  const rules = { 'iptables-nft-save-c.txt': 4, 'ip6tables-nft-save-c.txt': 4 };
  await expect(audit({ rules: () => '', more: rules })).rejects.toThrow('There is no output of iptables-save');
});

it('a machine without a Node object is told of, and not tried again', async () => {
  await expect(audit({ rules: () => HEALTHY }, 'gateway')).rejects.toThrow(TaskRefused);
  expect(without('10.96.1.14')).not.toBe(HEALTHY);
});
