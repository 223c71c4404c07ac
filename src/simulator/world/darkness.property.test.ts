// Whatever is done to a node, it is dark exactly when the rules that served it were deleted and no sync has followed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProxyMode } from '../../api/fields.ts';
import type { Incapacity } from './incapacity.ts';
import type { HistoryEntry, SimNode } from './sim-node.ts';
import { testWorld, type TestWorld } from './test-world.ts';

type Action =
  | { readonly kind: 'edit'; readonly mode: string }
  | { readonly kind: 'delete' | 'restart' | 'silence' | 'wake' }
  | { readonly kind: 'hurt'; readonly mode: ProxyMode; readonly incapacity: Incapacity | undefined }
  | { readonly kind: 'wait'; readonly milliseconds: number };

const proxyMode = fc.constantFrom<ProxyMode>('iptables', 'ipvs', 'nftables');
const incapacity = fc.constantFrom<Incapacity | undefined>(
  undefined,
  'no-nft',
  'no-fib',
  'no-ipvs',
  'no-iptables',
  'no-conntrack',
  'hangs',
  'out-of-memory',
);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('edit' as const), mode: fc.oneof(proxyMode, fc.constantFrom('', 'nonsense')) }),
  fc.record({ kind: fc.constantFrom('delete' as const, 'restart' as const, 'silence' as const, 'wake' as const) }),
  fc.record({ kind: fc.constant('hurt' as const), mode: proxyMode, incapacity }),
  fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.constantFrom(40, 350, 900, 4000, 61_000, 400_000) }),
);

test.each(['v1.36.3', 'v1.30.4', 'v1.25.16'])(
  'dark exactly between a clean-up and the next sync (%s)',
  async (version) => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), fc.integer(), async (actions, seed) => {
        const world = testWorld({ version, seed });
        const node = world.node('node-1');
        for (const one of actions) {
          await perform(world, node, one);
          check(node, world.clock.now());
        }
        await heal(world, node);
        expect(node.dataplane()).toMatchObject({ mode: 'iptables', synced: true, frozen: false, dark: false });
        await world.close();
        expect(world.clock.sleeping).toBe(0);
      }),
      { numRuns: 30 },
    );
  },
  60_000,
);

async function perform(world: TestWorld, node: SimNode, one: Action): Promise<void> {
  switch (one.kind) {
    case 'edit':
      return world.setMode(one.mode);
    case 'delete':
      return world.deletePods(node.name);
    case 'restart':
      return node.restartKubeProxy();
    case 'silence':
      return node.stopKubelet();
    case 'wake':
      return node.startKubelet();
    case 'hurt':
      return node.cannotRun(one.mode, one.incapacity);
    case 'wait':
      return world.clock.advance(one.milliseconds);
  }
}

/** Everything repaired, the first mode back, a new pod: whatever happened before, that must serve. */
async function heal(world: TestWorld, node: SimNode): Promise<void> {
  for (const mode of ['iptables', 'ipvs', 'nftables'] as const) node.cannotRun(mode, undefined);
  node.startKubelet();
  world.setMode('iptables');
  await world.clock.advance(1000);
  world.deletePods(node.name);
  await world.clock.advance(10_000);
}

function check(node: SimNode, now: number): void {
  const expected = replay(node.history);
  const { windows, total } = node.darkness();
  expect(node.dataplane().dark).toBe(expected.since !== undefined);
  expect(node.dataplane().mode).toBe(expected.serving);
  expect(windows.map(({ from, to }) => [from, to ?? now])).toEqual(
    expected.windows.map(([from, to]) => [from, to ?? now]),
  );
  expect(total).toBe(expected.windows.reduce((sum, [from, to]) => sum + (to ?? now) - from, 0));
  expect(node.podDeletions).toBe(node.history.filter((entry) => entry.what === 'podDeleted').length);
  const alive =
    node.history.filter((entry) => entry.what === 'processStarted').length +
    1 -
    node.history.filter((entry) => entry.what === 'processEnded').length;
  expect([0, 1]).toContain(alive);
}

type Replayed = {
  serving: string | undefined;
  since: number | undefined;
  windows: (readonly [number, number | undefined])[];
};

/** The same facts, told from the history alone. */
function replay(history: readonly HistoryEntry[]): Replayed {
  const state: Replayed = { serving: undefined, since: undefined, windows: [] };
  for (const { at, what, mode } of history) {
    if (what === 'synced') {
      if (state.since !== undefined) state.windows.splice(-1, 1, [state.since, at]);
      Object.assign(state, { serving: mode, since: undefined });
    }
    const cleaned = mode === 'nftables' ? ['iptables', 'ipvs'] : ['nftables'];
    if (what === 'rulesCleaned' && state.serving !== undefined && cleaned.includes(state.serving)) {
      Object.assign(state, { serving: undefined, since: at });
      state.windows.push([at, undefined]);
    }
  }
  return state;
}
