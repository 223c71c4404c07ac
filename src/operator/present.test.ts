import { describe, expect, it } from 'vitest';
import { NODES, type NodeObject } from './resources.ts';
import { presentOf } from './present.ts';
import { fakeCache } from './testing/fake-cache.ts';
import { migration } from './testing/facts.ts';
import { configOf, seenUnit } from './testing/units.ts';
import type { UnitLook } from './unit-watch.ts';

const object: NodeObject = {
  metadata: { name: 'n1' },
  status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], nodeInfo: { kernelVersion: '5.14.0' } },
};
const noImage = (): undefined => undefined;
const look: UnitLook = { seen: seenUnit(configOf('ipvs')), problem: undefined, answers: true, since: 0 };

function present(nodes: { name: string; address: string; controlPlane: boolean }[]): ReturnType<typeof presentOf> {
  const spec = { kubeProxy: { type: 'Systemd' as const, systemd: { nodes } } };
  return presentOf(migration({ spec }), noImage, fakeCache(NODES, { objects: [object] }), { look: () => look });
}

describe('how a node is reached', () => {
  it('is by the address of its Node object', () => {
    const at = present([]);
    expect([at?.addressOf('n1'), at?.kernelOf('n1')]).toEqual(['10.0.0.1', '5.14.0']);
    expect(at?.addressOf('gw')).toBeUndefined();
  });

  it('is by the address somebody wrote down, with and without a Node object', () => {
    const at = present([
      { name: 'n1', address: 'n1.mgmt', controlPlane: false },
      { name: 'gw', address: '10.0.0.9', controlPlane: false },
    ]);
    expect([at?.addressOf('n1'), at?.kernelOf('n1')]).toEqual(['n1.mgmt', '5.14.0']);
    expect([at?.addressOf('gw'), at?.kernelOf('gw')]).toEqual(['10.0.0.9', '6.1.0-49-amd64']);
  });

  it('is nobody’s business once the migration is gone', () => {
    expect(presentOf(undefined, noImage, fakeCache(NODES, {}))).toBeUndefined();
  });
});
