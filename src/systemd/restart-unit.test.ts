import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readUnit } from './read-unit.ts';
import { restartUnit } from './restart-unit.ts';
import { configPlace } from './testing/place.ts';
import { fakeSystemd } from './testing/fake-systemd.ts';
import type { FakeSystemd } from './testing/fake-systemd.ts';

let node: FakeSystemd;

beforeEach(() => {
  node = fakeSystemd();
  node.setUnit('kube-proxy.service', { NRestarts: 4 });
  writeFileSync(join(node.files, 'config.yml'), '');
});
afterEach(() => node.remove());

const FIRST = '00000000000000000000000000000001';
const place = configPlace('/etc/kube-proxy.yml');
const restart = (expectInvocation: string): ReturnType<typeof restartUnit> =>
  restartUnit(node.shell, place, { expectInvocation });
const restarts = (): readonly string[] => node.calls().filter((call) => call.startsWith('restart'));

describe('restartUnit', () => {
  it('asks systemd for a restart that is not waited for, and starts NRestarts afresh', async () => {
    expect(await restart(FIRST)).toEqual({ kind: 'requested' });
    expect(restarts()).toEqual(['restart --no-block --quiet -- kube-proxy.service']);
    expect(node.calls()).toContain('reset-failed -- kube-proxy.service');
    expect(node.calls().join('\n')).not.toContain('daemon-reload');
    expect(await readUnit(node.shell, place)).toMatchObject({ process: { restarts: 0 } });
  });

  it('restarts once, however often it is asked', async () => {
    await restart(FIRST);
    expect(await restart(FIRST)).toEqual({ kind: 'replaced', invocation: '00000000000000000000000000000002' });
    expect(restarts()).toHaveLength(1);
  });

  it('leaves a process alone that has come meanwhile', async () => {
    expect(await restart('00000000000000000000000000000000')).toEqual({ kind: 'replaced', invocation: FIRST });
    expect(restarts()).toEqual([]);
  });

  it('does not hold the end of a crash loop against the process that came out of it by itself', async () => {
    await restart('00000000000000000000000000000000');
    expect(await readUnit(node.shell, place)).toMatchObject({ process: { restarts: 0, ended: undefined } });
  });

  it('keeps the count of a process that has ended already', async () => {
    node.setUnit('kube-proxy.service', { ActiveState: 'activating', SubState: 'auto-restart', MainPID: 0 });
    expect(await restart('00000000000000000000000000000000')).toMatchObject({ kind: 'replaced' });
    expect(await readUnit(node.shell, place)).toMatchObject({ process: { restarts: 4 } });
  });

  it('knows a process by the same name as readUnit, also on an old systemd', async () => {
    node.setUnit('kube-proxy.service', { InvocationID: '', ExecMainStartTimestampMonotonic: 5 });
    const facts = await readUnit(node.shell, place);
    expect(facts.kind === 'unit' && (await restart(facts.process.uid))).toEqual({ kind: 'requested' });
  });

  it('tells what systemd answered where it does not restart', async () => {
    node.failRestart('Failed to restart kube-proxy.service: Unit kube-proxy.service is masked.\n');
    expect(await restart(FIRST)).toEqual({
      kind: 'problem',
      message: 'On node n1: Failed to restart kube-proxy.service: Unit kube-proxy.service is masked. (exit code 1)',
    });
  });

  it('passes on that it is not known whether it had an effect', async () => {
    node.shell.answer = { kind: 'timedOut', after: 1, stdout: '', stderr: '' };
    expect(await restart(FIRST)).toMatchObject({ kind: 'timedOut' });
  });
});
