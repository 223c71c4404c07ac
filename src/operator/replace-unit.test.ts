import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../kubeproxy/sha256.ts';
import { replaceUnit, type UnitOrder } from './replace-unit.ts';
import { configOf, FIRST, recorded, SECOND, UNIT, unitNode, wish, type UnitNode } from './testing/units.ts';
import type { Aim } from './unit-files.ts';

let node: UnitNode;
beforeEach(() => {
  node = unitNode();
});
afterEach(() => node.remove());

function order(aim: Aim = 'target', uid = FIRST): UnitOrder {
  return { node: 'n1', uid, wish: wish(aim, recorded(configOf('iptables'), node.file)) };
}

function replace(what = order()): ReturnType<typeof replaceUnit> {
  return replaceUnit(node.open(), {}, what, new AbortController().signal);
}

describe('replaceUnit', () => {
  it('writes the file, keeps the original beside it, and restarts the unit', async () => {
    expect(await replace()).toEqual({ kind: 'replaced' });
    expect(node.read()).toBe(configOf('ipvs'));
    expect(node.names()).toEqual(['config.yml', 'config.yml.proxymode-original']);
    expect(node.property(UNIT, 'InvocationID')).toBe(SECOND);
  });

  it('done again, changes nothing', async () => {
    await replace();
    expect(await replace()).toEqual({ kind: 'replaced' });
    expect(node.restarts()).toBe(1);
  });

  it('cut short after the file was written, only restarts', async () => {
    node.write(configOf('ipvs'));
    expect(await replace()).toEqual({ kind: 'replaced' });
    expect(node.restarts()).toBe(1);
  });

  it('restarts what came back by itself with the old file', async () => {
    node.setUnit(UNIT, { InvocationID: SECOND });
    expect(await replace()).toEqual({ kind: 'replaced' });
    expect(node.restarts()).toBe(1);
    expect(node.read()).toBe(configOf('ipvs'));
  });

  it('gives the exact original back', async () => {
    await replace();
    expect(await replace(order('original', SECOND))).toEqual({ kind: 'replaced' });
    expect(node.read()).toBe(configOf('iptables'));
    expect(node.restarts()).toBe(2);
  });

  it('gives the exact bytes of an options file back, of which only the mode is recorded', async () => {
    const original = 'TOKEN=s3cret\n# ü\nKUBE_PROXY_OPTS="--v=2"  \n';
    node.write(original);
    const start = `EnvironmentFile=${node.file}\nExecStart=/usr/bin/kube-proxy $KUBE_PROXY_OPTS\n`;
    node.setUnit(UNIT, {}, `# /etc/systemd/system/${UNIT}\n[Service]\n${start}`);
    const file = { unit: UNIT, file: node.file, sha256: sha256(original), proxyMode: '' };
    expect(await replace({ node: 'n1', uid: FIRST, wish: wish('target', file) })).toEqual({ kind: 'replaced' });
    expect(node.read()).toContain('--proxy-mode=ipvs');
    expect(await replace({ node: 'n1', uid: SECOND, wish: wish('original', file) })).toEqual({ kind: 'replaced' });
    expect(node.read()).toBe(original);
  });

  it('leaves alone what somebody else has written', async () => {
    node.write(configOf('nftables'));
    expect(await replace()).toMatchObject({ kind: 'problem' });
    expect(node.read()).toBe(configOf('nftables'));
    expect(node.restarts()).toBe(0);
  });

  it('leaves alone a unit that reads another file than the recorded one', async () => {
    const other = { ...order(), wish: wish('target', recorded(configOf('iptables'), '/etc/other.yml')) };
    expect(await replace(other)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('/etc/other.yml') as string,
    });
    expect(node.restarts()).toBe(0);
  });

  it('says what systemd says', async () => {
    node.failRestart('Access denied');
    expect(await replace()).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('Access denied') as string,
    });
  });
});
