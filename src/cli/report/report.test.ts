import { describe, expect, it } from 'vitest';
import { ago, migration, record } from '../testing/migration.ts';
import { report, reportInput } from '../testing/report.ts';
import { stepsOf } from './steps.ts';

describe('a report', () => {
  it('has those that did not switch first, then the others as people count', () => {
    expect(report().nodes.map(({ name, phase }) => `${name} ${phase}`)).toEqual([
      'n3 Failed',
      'n2 Switched',
      'n4 Pending',
      'n10 Switched',
    ]);
  });

  it('knows what the nodes came from when the migration has forgotten it', () => {
    expect(report().migration).toMatchObject({
      from: 'iptables',
      target: 'nftables',
      stand: 'stalled',
      phase: 'RolledBack',
    });
    expect(report({ records: [] }).migration.from).toBeNull();
  });

  it('adds up how long things took', () => {
    const { took, perNode, withoutRules } = report().figures;
    expect(took).toBe(100);
    expect(perNode).toEqual({ median: 10, longest: 20, node: 'n2', nodes: 2 });
    expect(withoutRules).toMatchObject({ median: 2, longest: 2, nodes: 3 });
  });

  it('of a later attempt tells its look after the begin, and that what came before is not kept', () => {
    const { migration: first } = reportInput();
    const again = { ...first, status: { ...first.status, attempt: 2 } };
    const told = report({ migration: again }).decisions.map(({ what }) => what.slice(0, 12));
    expect(told.slice(0, 4)).toEqual(['ProxyModeMig', 'To begin: Co', 'To try again', 'Nothing stan']);
  });

  it('tells every decision in its order, with what it rests on', () => {
    expect(report().decisions.map(({ at, what }) => `${at ?? '-'} ${what}`)).toEqual([
      '- ProxyModeMigration to-nftables was made.',
      `${ago(130)} Nothing stands in the way.`,
      '- The finding of kernel-min-nft was accepted by spec.preflight.accept.',
      `${ago(120)} To begin: ConfigMap kube-system/kube-proxy, key config.conf gets mode nftables.`,
      `${ago(60)} To turn round.`,
      `${ago(20)} It is over: RolledBack.`,
    ]);
    const [, , , , turn] = report().decisions;
    expect(turn?.why).toBe(
      'node n3: kube-proxy ended. By spec.onFailure as it is now, the switched nodes follow in reverse order.',
    );
  });

  it('of a migration that nobody has seen yet says what was asked for, and no more', () => {
    const { status: _none, ...unseen } = migration();
    const empty = report({ migration: unseen, records: [] });
    expect(empty.decisions).toHaveLength(1);
    expect(empty).toMatchObject({
      counts: null,
      diff: '',
      rules: [],
      figures: { took: null, perNode: null, withoutRules: null },
    });
  });

  it('holds all that a node’s record holds, in words', () => {
    const words = JSON.stringify(report().nodes[0]?.evidence);
    for (const word of [
      'no nft',
      'kube-proxy-old (uid-old), 1 restart',
      'kube-proxy-bad (uid-bad), 2 restarts',
      '(2s after the start)',
    ])
      expect(words).toContain(word);
  });
});

describe('the steps of a node', () => {
  it.each([
    ['has not been touched', record('n', 'Pending', { startedAt: ago(9) }), []],
    [
      'is on its way',
      record('n', 'Verifying', { startedAt: ago(9) }),
      [{ direction: 'forward', from: ago(9), to: null }],
    ],
    [
      'was switched',
      record('n', 'Switched', { startedAt: ago(9), finishedAt: ago(1) }),
      [{ direction: 'forward', from: ago(9), to: ago(1) }],
    ],
    [
      'was switched and taken back',
      record('n', 'RolledBack', {
        startedAt: ago(9),
        finishedAt: ago(1),
        evidence: { podName: 'p', podUID: 'u', restarts: 0, readings: 3, processStartedAt: ago(30), readAt: ago(20) },
      }),
      [
        { direction: 'forward', from: ago(30), to: ago(20) },
        { direction: 'back', from: ago(9), to: ago(1) },
      ],
    ],
  ])('that %s', (_what, of, steps) => {
    expect(stepsOf(of)).toEqual(steps);
  });
});
