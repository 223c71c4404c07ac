import { describe, expect, it } from 'vitest';
import { finding, group, target } from '../../testing/assessment.ts';
import { adviceOf, forWhich, sourceChanges } from './advice.ts';

const GROUPS = [
  group({ id: 'A', name: 'control plane', nodes: ['c1'] }),
  group({ id: 'B', nodes: ['n1', 'n2', 'n3', 'n4', 'n5'] }),
];

describe('adviceOf', () => {
  it('says once what differs in the name of the mode alone', () => {
    const said = (mode: 'iptables' | 'ipvs' | 'nftables') =>
      finding({
        target: mode,
        messages: [{ message: `Somebody else writes ${mode}.`, fix: `set mode ${mode.toUpperCase()}`, nodes: [] }],
      });
    const advice = adviceOf([said('iptables'), said('ipvs'), said('nftables')], GROUPS);
    expect(advice).toEqual([
      {
        shown: 'nftables',
        alike: ['iptables', 'ipvs'],
        named: true,
        observed: [{ message: 'Somebody else writes nftables.', nodes: [], where: '' }],
        fix: 'set mode NFTABLES',
        fixFor: undefined,
      },
    ]);
  });

  it('keeps apart what differs in more', () => {
    const advice = adviceOf(
      [
        finding({ target: 'ipvs', messages: [{ message: 'Bad.', fix: 'a', nodes: [] }] }),
        finding({ target: 'nftables', messages: [{ message: 'Worse.', fix: 'a', nodes: [] }] }),
      ],
      GROUPS,
    );
    expect(advice.map(({ shown, observed }) => [shown, observed[0]?.message])).toEqual([
      ['ipvs', 'Bad.'],
      ['nftables', 'Worse.'],
    ]);
  });

  it('gives one fix for many things observed', () => {
    const [only, ...others] = adviceOf(
      [
        finding({
          messages: [
            { message: 'Address 1.', fix: 'same', nodes: ['c1'] },
            { message: 'Address 2.', fix: 'same', nodes: ['n1', 'n2', 'n3', 'n4'] },
          ],
        }),
      ],
      GROUPS,
    );
    expect(others).toEqual([]);
    expect(only?.observed.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'A (control plane): Address 1.',
      '4 of B: n1, n2, n3 and 1 more: Address 2.',
    ]);
  });

  it('shows the fix of one node for all when it differs in the name of the node alone', () => {
    const messages = ['n1', 'n2', 'c1'].map((name) => ({
      message: 'Not prepared.',
      fix: `kubectl annotate node ${name} ready=yes`,
      nodes: [name],
    }));
    expect(adviceOf([finding({ messages })], GROUPS)).toMatchObject([
      {
        fix: 'kubectl annotate node n1 ready=yes',
        fixFor: 'n1',
        observed: [{ message: 'Not prepared.', where: 'A (control plane); 2 of B: n1, n2' }],
      },
    ]);
  });

  it('does not take a part of a longer name for the name', () => {
    const messages = [
      { message: 'x', fix: 'ssh n1-a', nodes: ['n1'] },
      { message: 'x', fix: 'ssh n2-a', nodes: ['n2'] },
    ];
    expect(adviceOf([finding({ messages })], GROUPS)).toHaveLength(2);
  });
});

describe('forWhich', () => {
  const all = ['iptables', 'ipvs', 'nftables'] as const;
  it.each([
    [{ shown: 'nftables', alike: [], named: false }, ['nftables'], ''],
    [{ shown: 'nftables', alike: [], named: false }, all, 'for nftables'],
    [{ shown: 'nftables', alike: ['iptables', 'ipvs'], named: false }, all, ''],
    [{ shown: 'nftables', alike: ['ipvs'], named: false }, all, 'for ipvs and nftables'],
    [{ shown: 'nftables', alike: ['ipvs'], named: true }, all, 'for nftables; for ipvs the same with its name'],
    [
      { shown: 'nftables', alike: ['iptables', 'ipvs'], named: true },
      all,
      'for nftables; for iptables and ipvs the same with their names',
    ],
  ] as const)('of %j among %j: %j', (advice, modes, words) => {
    expect(forWhich(advice, modes)).toBe(words);
  });
});

describe('sourceChanges', () => {
  it('says once what differs in the name of the mode alone, and nothing where an edit is all', () => {
    const changes = sourceChanges([
      target({ mode: 'iptables', upstream: 'kube_proxy_mode: iptables' }),
      target({ mode: 'ipvs', upstream: 'kube_proxy_mode: ipvs\nkube_proxy_strict_arp: true' }),
      target({ mode: 'nftables', upstream: 'kube_proxy_mode: nftables' }),
    ]);
    expect(changes).toEqual([
      { shown: 'nftables', alike: ['iptables'], named: true, text: 'kube_proxy_mode: nftables' },
      { shown: 'ipvs', alike: [], named: true, text: 'kube_proxy_mode: ipvs\nkube_proxy_strict_arp: true' },
    ]);
    expect(sourceChanges([target()])).toEqual([]);
  });
});
