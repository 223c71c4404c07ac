import { expect, it } from 'vitest';
import { calico } from '../testing/calico.ts';
import { snapshotOf } from '../testing/cluster.ts';
import { cniFacts } from './cni-facts.ts';

it('a DaemonSet that only bears a network’s name does not speak for it', () => {
  const real = calico('v3.28.5', { namespace: 'kube-system' });
  const fake = calico('v3.32.1', { namespace: 'aaa-team', hostNetwork: false });
  const facts = cniFacts(snapshotOf({ daemonSets: [fake, real] }));
  expect(facts).toMatchObject({
    value: { calico: { namespace: 'kube-system', image: 'docker.io/calico/node:v3.28.5' } },
  });
  expect(cniFacts(snapshotOf({ daemonSets: [fake] }))).toMatchObject({ value: { names: [] } });
});
