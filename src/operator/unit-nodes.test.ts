import { describe, expect, it } from 'vitest';
import { migrationSpec, type MigrationSpec } from '../api/migration.ts';
import { factsFrom } from '../preflight/facts/from-snapshot.ts';
import { known, unseen } from '../preflight/known.ts';
import { snapshotOf } from '../preflight/testing/cluster.ts';
import type { NodeObject } from './resources.ts';
import { configOf, seenUnit } from './testing/units.ts';
import { listedAddress, unitNodes, withListed } from './unit-nodes.ts';
import type { UnitLook } from './unit-watch.ts';

const NOW = 1_000_000;
const there: UnitLook = { seen: seenUnit(configOf('iptables')), problem: undefined, answers: true, since: 5 };
const away: UnitLook = { seen: undefined, problem: 'no route to host', answers: false, since: 7 };

function spec(...nodes: readonly { name: string; address: string; controlPlane?: boolean }[]): MigrationSpec {
  return migrationSpec.parse({ mode: 'ipvs', kubeProxy: { type: 'Systemd', systemd: { nodes } } });
}

function looks(all: Readonly<Record<string, UnitLook>>): { look: (node: string) => UnitLook | undefined } {
  return { look: (node) => all[node] };
}

const object: NodeObject = {
  metadata: { name: 'n1', uid: 'uid-1', labels: { pool: 'a' } },
  status: { conditions: [{ type: 'Ready', status: 'False' }] },
};

describe('unitNodes', () => {
  it('has a listed machine as a node that is Ready while it answers', () => {
    const gateways = spec(
      { name: 'gw1', address: '10.0.0.9' },
      { name: 'gw2', address: 'gw2.example', controlPlane: true },
    );
    expect(unitNodes([object], gateways, looks({ gw1: there, gw2: away }), NOW)).toEqual([
      { facts: expect.objectContaining({ name: 'n1', uid: 'uid-1', ready: false }), isOnlyListed: false },
      {
        facts: {
          name: 'gw1',
          uid: 'address:10.0.0.9',
          ready: true,
          readyChangedAt: 5,
          system: '',
          controlPlane: false,
          labels: { 'kubernetes.io/hostname': 'gw1' },
        },
        isOnlyListed: true,
      },
      {
        facts: {
          name: 'gw2',
          uid: 'address:gw2.example',
          ready: false,
          readyChangedAt: 7,
          system: '',
          controlPlane: true,
          labels: { 'kubernetes.io/hostname': 'gw2', 'node-role.kubernetes.io/control-plane': '' },
        },
        isOnlyListed: true,
      },
    ]);
  });

  it('asks the Node object whether one in both is Ready, and it is the same machine with and without it', () => {
    const both = spec({ name: 'n1', address: '10.0.0.1' });
    const [withObject, ...others] = unitNodes([object], both, looks({ n1: there }), NOW);
    expect(others).toEqual([]);
    expect(withObject).toMatchObject({
      facts: { ready: false, labels: { pool: 'a' }, uid: 'address:10.0.0.1' },
      isOnlyListed: false,
    });
    const [without] = unitNodes([], both, looks({ n1: there }), NOW);
    expect(without?.facts.uid).toBe(withObject?.facts.uid);
  });

  it('has a UID that fits a record, whatever the address', () => {
    const uids = ['a', 'b'].map((end) => {
      const address = `${'sub.'.repeat(40)}${end}`;
      return unitNodes([], spec({ name: 'n', address }), looks({}), NOW)[0]?.facts.uid ?? '';
    });
    expect(uids.every((uid) => /^address:[0-9a-f]{32}$/.test(uid))).toBe(true);
    expect(uids[0]).not.toBe(uids[1]);
  });

  it('is not Ready before it was looked at', () => {
    expect(unitNodes([], spec({ name: 'gw', address: '::1' }), looks({}), NOW)[0]?.facts.ready).toBe(false);
  });
});

describe('the spec', () => {
  it.each(['10.0.0.9', 'node-1', 'Node-1.example.com', '::1', 'fd00::9', '2001:db8:0:0:0:0:0:1', 'a'])(
    'takes the address %s',
    (address) => {
      expect(listedAddress(spec({ name: 'gw', address }), 'gw')).toBe(address);
      expect(listedAddress(spec({ name: 'gw', address }), 'n1')).toBeUndefined();
    },
  );

  it.each(['', 'a b', '-a', 'a-', 'a..b', 'root@a', 'a:22', '[::1]', '-oProxyCommand=x', 'fe80::1%eth0', 'a/b', "a'"])(
    'does not take the address %j',
    (address) => {
      expect(() => spec({ name: 'gw', address })).toThrow('address');
    },
  );

  it.each(['', 'GW', 'gw_1', '../x', 'gw.'])('does not take the name %j', (name) => {
    expect(() => spec({ name, address: '10.0.0.9' })).toThrow('name');
  });
});

describe('withListed', () => {
  it('has the rules look at listed machines, with the kernel that was seen there', () => {
    const all = withListed(
      known([{ metadata: { name: 'n1' } }]),
      spec({ name: 'gw', address: '10.0.0.9' }),
      looks({ gw: there }),
    );
    const { nodes } = factsFrom({ ...snapshotOf(), nodes: all });
    const gateway = nodes.known ? nodes.value.find(({ name }) => name === 'gw') : undefined;
    expect(gateway).toMatchObject({
      os: 'linux',
      ready: true,
      internalIps: ['10.0.0.9'],
      kernel: { known: true, value: { text: '6.1.0-49-amd64' } },
    });
  });

  it('adds no second node of a name', () => {
    const nodes = known([{ metadata: { name: 'n1' } }]);
    expect(withListed(nodes, spec({ name: 'n1', address: '10.0.0.9' }), looks({}))).toEqual(nodes);
  });

  it('does not make up nodes where the others could not be listed', () => {
    const nodes = unseen('listing nodes is forbidden');
    expect(withListed(nodes, spec({ name: 'gw', address: '10.0.0.9' }), looks({ gw: there }))).toBe(nodes);
  });
});
