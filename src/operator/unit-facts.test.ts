import { describe, expect, it } from 'vitest';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import type { PodFacts } from '../rollout/observed.ts';
import { configOf, FIRST, recorded, SECOND, seenUnit } from './testing/units.ts';
import type { UnitOrder } from './replace-unit.ts';
import { unitFacts } from './unit-facts.ts';

const FILE = '/etc/kube-proxy.yml';
const systemd = recorded(configOf('iptables'), FILE);

type Given = {
  readonly file: string;
  readonly uid: string;
  readonly status: NodeMigrationStatus;
  readonly order?: UnitOrder;
  readonly failure?: string;
  readonly restartOwed?: boolean;
};

function facts({ file, uid, status, order, failure, restartOwed = false }: Given): PodFacts {
  const view = { node: 'n1', status, change: { mode: 'ipvs' }, oldMode: 'iptables' } as const;
  const seen = seenUnit(configOf(file), FILE, { uid });
  const owing = { ...seen, facts: { ...seen.facts, restartOwed } };
  return unitFacts(owing, view, { replacing: () => order, failure: () => failure });
}

describe('a unit seen as a pod', () => {
  it('has what its record is to keep', () => {
    expect(facts({ file: 'iptables', uid: FIRST, status: {} })).toMatchObject({ uid: FIRST, systemd });
  });

  it.each([
    // It ended and came back by itself, before its file was written.
    ['Switching', 'iptables', SECOND, FIRST],
    ['Switching', 'ipvs', SECOND, SECOND],
    // It was restarted only half: the file is written, the process still the old one.
    ['Switching', 'ipvs', FIRST, FIRST],
    // It ends and comes back again and again, with the file that does not work.
    ['Restoring', 'ipvs', SECOND, FIRST],
    ['Stranded', 'ipvs', SECOND, FIRST],
    ['Restoring', 'iptables', SECOND, SECOND],
    ['Verifying', 'iptables', SECOND, SECOND],
  ] as const)('in %s, with %s in its file and %s running, is %s', (phase, file, uid, seen) => {
    expect(facts({ file, uid, status: { phase, replacing: FIRST, systemd } }).uid).toBe(seen);
  });

  it('still is the old one while a restart is owed: nobody knows which file its process has read', () => {
    const status = { phase: 'Switching', replacing: FIRST, systemd } as const;
    expect(facts({ file: 'ipvs', uid: SECOND, status, restartOwed: true }).uid).toBe(FIRST);
    expect(facts({ file: 'ipvs', uid: SECOND, status }).uid).toBe(SECOND);
  });

  it('is going away while its replacement is under way', () => {
    const order = {
      node: 'n1',
      uid: FIRST,
      wish: { aim: 'target', change: { mode: 'ipvs' }, oldMode: 'iptables', recorded: systemd },
    } as const;
    const status = { phase: 'Switching', replacing: FIRST, systemd } as const;
    expect(facts({ file: 'ipvs', uid: SECOND, status, order })).toMatchObject({ uid: FIRST, deleting: true });
  });

  it('says why it could not be replaced', () => {
    const status = { phase: 'Switching', replacing: FIRST, systemd } as const;
    expect(facts({ file: 'iptables', uid: FIRST, status, failure: 'disk full' }).stuck).toBe('disk full');
  });
});
