import { describe, expect, it } from 'vitest';
import { unseen } from '../../preflight/known.ts';
import { snapshotOf } from '../../preflight/testing/cluster.ts';
import { NOT_ASKED } from './ask-nodes.ts';
import { notSeen } from './not-seen.ts';

const HEARD = { readings: {}, unheard: [] };

describe('notSeen', () => {
  it('always names the nodes themselves, and how they can be looked at', () => {
    const [only, ...others] = notSeen(snapshotOf(), HEARD);
    expect(only).toMatchObject({ why: 'assess only reads the API and starts no pod' });
    expect(only?.remedy).toContain('spec.dryRun: true');
    expect(others).toEqual([]);
  });

  it('has one entry for all that is forbidden, and names the right', () => {
    const snapshot = snapshotOf({
      nodes: unseen('listing nodes is forbidden'),
      apiServices: unseen('listing apiservices.apiregistration.k8s.io is forbidden'),
      config: unseen('reading ConfigMap kube-system/kube-proxy is forbidden'),
    });
    expect(notSeen(snapshot, HEARD)).toEqual([
      {
        what: 'nodes, apiservices.apiregistration.k8s.io, ConfigMap kube-system/kube-proxy',
        why: 'your user may not read them',
        remedy: expect.stringContaining('list nodes,apiservices.apiregistration.k8s.io'),
      },
      expect.objectContaining({ why: 'assess only reads the API and starts no pod' }),
    ]);
  });

  it('gives failures as they were told', () => {
    const snapshot = snapshotOf({ pods: unseen('listing pods failed: etcd is away') });
    expect(notSeen(snapshot, HEARD)[0]).toMatchObject({ what: 'pods', why: 'listing pods failed: etcd is away' });
  });

  it('passes on whom nobody heard', () => {
    expect(notSeen(snapshotOf(), NOT_ASKED).map(({ why }) => why)).toContain('they were not asked (--no-nodes)');
  });
});
