import { describe, expect, it } from 'vitest';
import { unseen } from '../known.ts';
import { calico } from '../testing/calico.ts';
import { daemonSet, snapshotOf } from '../testing/cluster.ts';
import { cniFacts } from './cni-facts.ts';

const REAL = calico('v3.28.5', { namespace: 'kube-system', scheduled: 1 });
const FOUND = { value: { calico: { namespace: 'kube-system', image: 'docker.io/calico/node:v3.28.5' } } };

describe('a DaemonSet that only bears a network’s name', () => {
  it.each([
    ['on the pods’ network', { hostNetwork: false }],
    ['that wants the nodes’ network, and gets no pod there', { scheduled: 0 }],
  ])('%s does not speak for it', (_, parts) => {
    const fake = calico('v3.32.1', { namespace: 'aaa-team', ...parts });
    expect(cniFacts(snapshotOf({ daemonSets: [fake, REAL] }))).toMatchObject(FOUND);
    expect(cniFacts(snapshotOf({ daemonSets: [fake] }))).toMatchObject({ value: { names: [] } });
    const pods = unseen('listing pods is forbidden');
    expect(cniFacts(snapshotOf({ daemonSets: [fake, REAL], pods })), 'without the pods').toMatchObject(FOUND);
  });

  it('whose pods began on the pods’ network does not either: OnDelete leaves them there when the template is changed', () => {
    const fake = calico('v3.32.1', { namespace: 'aaa-team', scheduled: 0 });
    const pod = {
      metadata: {
        name: 'calico-node-abcde',
        namespace: 'aaa-team',
        ownerReferences: [{ kind: 'DaemonSet', name: 'calico-node' }],
      },
      spec: { containers: [{ name: 'calico-node' }] },
    };
    expect(cniFacts(snapshotOf({ daemonSets: [fake, REAL], pods: [pod] }))).toMatchObject(FOUND);
  });
});

it('a network that runs in two namespaces is not known', () => {
  const other = calico('v3.32.1', { namespace: 'aaa-team' });
  expect(cniFacts(snapshotOf({ daemonSets: [other, REAL] }))).toEqual(
    unseen('several DaemonSets run Calico: aaa-team/calico-node, kube-system/calico-node'),
  );
  const flannels = ['kube-flannel-ds-amd64', 'kube-flannel-ds-arm64'].map((name) => daemonSet(name));
  expect(cniFacts(snapshotOf({ daemonSets: flannels })), 'one for each architecture').toMatchObject({
    value: { names: ['flannel'] },
  });
});
