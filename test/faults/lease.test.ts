// Two operators, of which the first loses its lease in mid-flight without noticing anything else: it can still read, and
// its writes would still be accepted.
import { expect, it } from 'vitest';
import { apply, nodeIs } from '../scenarios/actions.ts';
import { simulatorStage } from '../scenarios/simulator-stage.ts';
import { over, stateOf } from './story.ts';

it('after the loss of its lease an operator writes nothing, and the other finishes', async () => {
  // Not faster: a candidate must not lose its lease because the machine is busy.
  const stage = await simulatorStage({ speed: 5 });
  const { simulator } = stage;
  try {
    await stage.startOperator({ user: 'first' });
    await stage.until('the first to lead', () => holder() === 'operator-1');
    await stage.startOperator({ user: 'second' });
    await apply(stage, 'm', { mode: 'nftables', rollout: { nodeTimeout: '100h' }, verify: { soak: '4s' } });
    await nodeIs(stage, 'm', 'n2', ['Verifying']);
    // From now on the first cannot renew; everything else it asks for is granted.
    simulator.faults.add({ kind: 'reply', status: 500, match: { resource: 'leases', user: 'first' }, times: 1e9 });
    await over(stage, 'Succeeded');
    const writes = simulator.requests.writes({ userAgent: 'proxymode' });
    const [lastOfFirst, firstOfSecond] = [
      writes.findLastIndex(({ user }) => user === 'first'),
      writes.findIndex(({ user }) => user === 'second'),
    ];
    expect(firstOfSecond, 'the second has taken over').toBeGreaterThan(0);
    expect(lastOfFirst, 'the first had begun, and was silent from then on').toBe(firstOfSecond - 1);
    expect(stateOf(stage)).toMatchObject({
      deletions: ['n1 1', 'n2 1', 'n3 1'],
      modes: ['n1 nftables', 'n2 nftables', 'n3 nftables'],
    });
  } finally {
    await stage.close();
  }

  function holder(): unknown {
    const lease = simulator.store.get(
      { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true },
      { namespace: 'kube-system', name: 'proxymode' },
    );
    return (lease?.['spec'] as { readonly holderIdentity?: string } | undefined)?.holderIdentity;
  }
});
