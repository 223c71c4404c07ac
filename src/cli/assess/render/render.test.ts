import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { painted, unpainted } from '../../../terminal/paint.ts';
import { assessment, finding, group, target } from '../../testing/assessment.ts';
import type { AssessedFinding, Assessment } from '../assessment.ts';
import { render, type RenderOptions } from './render.ts';

function show(parts: Partial<Assessment>, options: Partial<RenderOptions> = {}): string {
  return render(assessment(parts), { output: 'table', width: 100, paint: unpainted, fixes: false, ...options });
}

const FINDINGS: readonly AssessedFinding[] = [
  finding({
    rule: 'kernel-min-nft',
    scope: 'node',
    groups: [{ id: 'A', nodes: 1 }],
    messages: [{ message: 'Too old.', fix: 'upgrade', nodes: ['n1'] }],
  }),
  finding({
    rule: 'dark-window',
    section: 9,
    verdict: 'warn',
    blocking: false,
    messages: [{ message: 'A gap.', fix: 'drain', nodes: [] }],
  }),
  finding({
    rule: 'mesh-present',
    section: 9,
    verdict: 'info',
    blocking: false,
    messages: [{ message: 'A mesh.', nodes: [] }],
  }),
  finding({
    rule: 'nft-fib-missing',
    verdict: 'unknown',
    messages: [{ message: 'Not known whether x: it is dark.', because: 'it is dark', nodes: ['n1'] }],
  }),
];

const TARGETS = [
  target({ mode: 'iptables', verdict: 'current', summary: 'in force' }),
  target({
    verdict: 'blocked',
    summary: 'blocked by 1 rule',
    blockedBy: ['kernel-min-nft'],
    undecided: ['nft-fib-missing'],
    warnings: 1,
    notes: 1,
  }),
];

describe('the table', () => {
  it('shows what stands in the way with its fix, and counts the rest', () => {
    const text = show({ findings: FINDINGS, targets: TARGETS });
    expect(text).toContain('1   kernel-min-nft                    –            ✗ block      A (1 of 3)\n');
    expect(text).toContain('2   dark-window                       –            ! warn       cluster\n');
    expect(text).toContain('    … 1 note: see --fixes or -o markdown\n');
    expect(text).toContain('    it is dark                        –            ? 1 unknown  1 rule\n');
    expect(text).toContain(
      '\n1   kernel-min-nft\n    on 1 of A: n1:\n    Too old.\n      upgrade\n    Source: KEP-3866\n',
    );
    expect(text).not.toContain('drain');
    expect(text).not.toContain('mesh-present');
    expect(text.endsWith('\niptables: in force · nftables: blocked by 1\n')).toBe(true);
  });

  it('shows everything with --fixes', () => {
    const text = show({ findings: FINDINGS, targets: TARGETS }, { fixes: true });
    expect(text).toContain('      drain\n');
    expect(text).toContain('3   mesh-present                      –            i info       cluster\n');
    expect(text).toContain('Could block, and cannot tell\n    it is dark: nft-fib-missing\n');
    expect(text).not.toContain('see --fixes');
  });

  it('marks what was accepted', () => {
    const taken = finding({ acceptedBy: '--accept', blocking: false });
    expect(show({ findings: [taken], targets: [target()] })).toContain('~ accepted');
  });

  it('keeps to a screen however many rules, kinds of nodes and reasons there are', () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      finding({
        rule: `rule-${index}`,
        verdict: 'warn',
        blocking: false,
        scope: 'node',
        groups: [{ id: 'A', nodes: 1 }],
      }),
    );
    const reasons = Array.from({ length: 12 }, (_, index) =>
      finding({
        rule: `unknown-${index}`,
        verdict: 'unknown',
        messages: [
          { message: 'x', because: `reason ${index} of many that rules have for not being able to tell`, nodes: [] },
        ],
      }),
    );
    const groups = Array.from({ length: 30 }, (_, index) =>
      group({ id: `G${index}`, name: `pool-${index}`, nodes: [`n${index}`] }),
    );
    const text = show({ findings: [...many, ...reasons], nodes: { total: 30, answered: 30, groups } });
    const screen = text.split('\n').slice(0, text.split('\n').indexOf('ipvs: ready'));
    expect(screen.length).toBeLessThanOrEqual(47);
    expect(text).toContain('… 23 more groups with 23 nodes');
    expect(text).toContain('… 9 more reasons why rules cannot tell: --fixes');
    expect(text).toMatch(/… \d+ more warnings: see --fixes or -o markdown/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('fits a terminal of 80 columns', () => {
    const nodes = { total: 3, answered: 3, groups: [group({ osImage: 'Red Hat Enterprise Linux 9.6' })] };
    const text = show({ findings: FINDINGS, nodes, notSeen: [{ what: 'a', why: 'b', remedy: 'c' }] }, { width: 80 });
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toMatch(/ A \(1 of\n +3\)\n/);
  });

  it('never breaks a command, and wraps sentences', () => {
    const command = `kubectl -n kube-system patch configmap kube-proxy --type merge -p '${'x'.repeat(90)}'`;
    const sentence = `Upgrade ${'the operating system of every single node '.repeat(4)}first.`;
    const text = show({
      findings: [finding({ messages: [{ message: 'Bad.', fix: `${command}\n${sentence}`, nodes: [] }] })],
      targets: [target({ verdict: 'blocked' })],
    });
    expect(text).toContain(`      ${command}\n`);
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([`      ${command}`]);
  });

  it('names the change at the source, unless a fix has said it', () => {
    const upstream = 'In the inventory:\n  kube_proxy_mode: nftables';
    expect(show({ targets: [target({ upstream })] })).toContain(
      'At the source (kubeadm)\n      In the inventory:\n        kube_proxy_mode: nftables\n',
    );
    const said = finding({ messages: [{ message: 'Managed.', fix: upstream, nodes: [] }] });
    const text = show({ targets: [target({ verdict: 'blocked', upstream })], findings: [said] });
    expect(text).not.toContain('At the source');
  });

  it('says what was not seen, why, and how to see it', () => {
    const text = show({
      notSeen: [{ what: 'nodes', why: 'your user may not read them', remedy: 'Use another user.' }],
      nodes: null,
    });
    expect(text).toContain('Nodes: not seen\n');
    expect(text).toContain('Not seen      nodes (your user may not read them)\n');
    expect(text).toContain('How to see what was not seen\n    Use another user.\n');
  });

  it('does not count Windows nodes among those that could answer', () => {
    const groups = [group(), group({ id: 'B', os: 'windows', nodes: ['w1', 'w2'] })];
    expect(show({ nodes: { total: 5, answered: 3, groups } })).toContain('3 of 3 Linux nodes answered.');
  });

  it('does not promise that an edit holds where there is nothing to edit', () => {
    const text = show({
      kubeProxy: { ...assessment().kubeProxy, place: 'Absent', daemonSet: null, configMap: null, version: null },
    });
    expect(text.replaceAll(/\s+/g, ' ')).toContain('There is no kube-proxy whose mode could be changed.');
    expect(text).not.toContain('works and holds');
  });

  it('has no table where no rule has anything to say', () => {
    expect(show({})).toBe(
      [
        'Cluster       https://api.cluster.example:6443 (admin), Kubernetes v1.36.3',
        'kube-proxy    DaemonSet kube-system/kube-proxy, configured by ConfigMap kube-system/kube-proxy,',
        '              v1.36.3, mode iptables. 3 of 3 nodes answered.',
        'Installed by  kubeadm: there is a ConfigMap kube-system/kubeadm-config. An edit in the cluster works',
        '              and holds.',
        '',
        '· iptables    in force on 3 of 3 nodes',
        '✓ ipvs        ready',
        '✓ nftables    ready',
        '',
        '  A  workers  3 Ubuntu 22.04, kernel 5.15.0-130-generic, kube-proxy v1.36.3, iptables',
        '',
        'iptables: in force · ipvs: ready · nftables: ready',
        '',
      ].join('\n'),
    );
  });

  it('paints what it says, and says the same', () => {
    const text = show({ findings: FINDINGS, targets: TARGETS }, { paint: painted });
    // oxlint-disable-next-line no-control-regex -- what colours are made of
    expect(text.replaceAll(/\u001b\[\d+m/g, '')).toBe(show({ findings: FINDINGS, targets: TARGETS }));
    expect(text).toContain('\u001b[31m✗ block\u001b[39m');
  });
});

describe('every output', () => {
  it.each(['table', 'json', 'yaml', 'markdown'] as const)('lets no node write to the terminal: %s', (output) => {
    const evil = '\u001b[2J\u009b31mred\u202e';
    const text = show(
      {
        findings: [finding({ messages: [{ message: evil, fix: evil, nodes: [evil] }], source: evil })],
        targets: [target({ verdict: 'blocked', summary: evil })],
        nodes: { total: 1, answered: 1, groups: [group({ name: evil, osImage: evil, nodes: [evil] })] },
      },
      { output },
    );
    // oxlint-disable-next-line no-control-regex -- these are what it is about
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('ends with a line break', () => {
    for (const output of ['table', 'json', 'yaml', 'markdown'] as const)
      expect(show({ findings: FINDINGS, targets: TARGETS }, { output })).toMatch(/[^\n]\n$/);
  });
});

describe('json and yaml', () => {
  it('are the assessment as it is', () => {
    const wanted = assessment({ findings: FINDINGS, targets: TARGETS });
    expect(JSON.parse(show({ findings: FINDINGS, targets: TARGETS }, { output: 'json' }))).toEqual(wanted);
    expect(parse(show({ findings: FINDINGS, targets: TARGETS }, { output: 'yaml' }))).toEqual(wanted);
  });
});

describe('markdown', () => {
  it('has every rule and every fix, in a fence', () => {
    const text = show({ findings: FINDINGS, targets: TARGETS }, { output: 'markdown' });
    expect(text).toContain('| 1 | `kernel-min-nft` | – | ✗ block | A (1 of 3) |\n');
    expect(text).toContain('### 2. dark-window\n\nA gap.\n\n```\ndrain\n```\n');
    expect(text).toContain('### 3. mesh-present\n\nA mesh.\n');
    expect(text).toContain('| it is dark | – | 1 | `nft-fib-missing` |\n');
  });

  it('takes what was observed for text', () => {
    const findings = [
      finding({ rule: 'one', messages: [{ message: '1. Not a list: owner/repo#1.', nodes: [] }] }),
      finding({
        rule: 'two',
        messages: [{ message: 'A | table, <b>, *stars* and [links](x).', fix: '```\nfence\n````', nodes: [] }],
      }),
    ];
    const text = show({ findings, targets: [target()] }, { output: 'markdown' });
    expect(text).toContain(String.raw`A \| table, \<b\>, \*stars\* and \[links\](x).`);
    expect(text).toContain(String.raw`1\. Not a list: owner/repo#1.`);
    expect(text).toContain('`````\n```\nfence\n````\n`````\n');
  });
});
