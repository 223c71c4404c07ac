import { expect, it } from 'vitest';
import { unpainted } from '../../terminal/paint.ts';
import { migration } from '../testing/migration.ts';
import { reportInput } from '../testing/report.ts';
import { renderPlan } from './render-plan.ts';

const text = (of: Parameters<typeof renderPlan>[0]): string =>
  renderPlan(of, { width: 70, paint: unpainted })
    .map((line) => `${line.trimEnd()}\n`)
    .join('');

it('tells what is in the way, what to heed, what was accepted, the change and the order', () => {
  const { status = {} } = reportInput().migration;
  const blocked = {
    rule: 'ipvs-ko-missing',
    verdict: 'block',
    blocking: true,
    message: 'ip_vs cannot be loaded',
    nodes: 2,
    fix: 'modprobe ip_vs\nlsmod | grep ip_vs    # a command is never broken, however long it is, because it is to be copied',
  } as const;
  const { preflight } = status;
  const planned = migration({
    status: {
      ...status,
      phase: 'Planned',
      message: 'plan for 4 nodes',
      nodes: { total: 6, pending: 6, inFlight: 0, switched: 0, fellBack: 0, failed: 0, rolledBack: 0, skipped: 0 },
      ...(preflight === undefined ? {} : { preflight: { ...preflight, rules: [blocked, ...preflight.rules] } }),
    },
  });
  expect(text(planned)).toBe(`to-nftables   to nftables   Planned

plan for 4 nodes

In the way
  ipvs-ko-missing (2 nodes): ip_vs cannot be loaded
      modprobe ip_vs
      lsmod | grep ip_vs    # a command is never broken, however long it is, because it is to be copied

To heed
  dark-window (3 nodes): seconds without Services
      drain it

Accepted
  kernel-min-nft, by spec.preflight.accept

The change to ConfigMap kube-system/kube-proxy, key config.conf
  -mode: iptables
  +mode: nftables

The order of nodes
  n1, n2, n3, n4, and 2 more
`);
});

it('says so where nobody has planned yet', () => {
  const { status: _none, ...unseen } = migration();
  expect(text(unseen)).toBe('to-nftables   to nftables   Pending\n\nno operator has seen it yet\n');
});
