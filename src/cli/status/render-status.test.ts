import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { painted, unpainted } from '../../terminal/paint.ts';
import { NOW, ago, migration, record, type MigrationParts } from '../testing/migration.ts';
import { renderStatus, type StatusView } from './render-status.ts';

const RECORDS = [
  record('worker-10', 'Pending'),
  record('worker-2', 'Switched', { startedAt: ago(60), finishedAt: ago(30) }),
  record('worker-1', 'Switched', { startedAt: ago(30), finishedAt: ago(0) }),
  record('worker-9', 'Verifying'),
  record('elsewhere', 'Skipped', { reason: 'NotSelected' }),
];
const ZONES = new Map([
  ['worker-1', 'a'],
  ['worker-2', 'b'],
  ['worker-9', 'a'],
  ['worker-10', 'b'],
]);

function view(parts: MigrationParts = {}, records: StatusView['records'] = RECORDS): StatusView {
  return { migration: migration(parts), records, zones: ZONES, now: NOW };
}

function text(of: StatusView, width = 80, height = Infinity): string {
  return renderStatus(of, { width, height, paint: unpainted })
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

describe('the status of a migration', () => {
  it('on its way: how far, how fast, where each node is, what can be done', () => {
    expect(text(view({ status: { config: { originalMode: 'iptables', original: '' }, attempt: 1 } })))
      .toBe(`to-nftables   iptables to nftables   Progressing, begun 2m ago

█████████████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒░░░░░░░░░░░░  2 of 4 switched  Progressing
2 nodes a minute, about 1m left
nodes are being switched

a                                       b
✓ worker-1  nftables                    ✓ worker-2  nftables
~ worker-9  verifying                   · worker-10 iptables

· waits   ~ in transit   ✓ switched   ✗ did not switch   < taken back

What you can do
  kubectl proxymode pause to-nftables   start no further node
`);
  });

  it('stopped by a failure: which node, why, and the ways on', () => {
    const failed = view({
      spec: { onFailure: 'Pause' },
      status: {
        phase: 'Failed',
        attempt: 2,
        finishedAt: ago(30),
        message: 'node worker-9 did not switch',
        failures: [{ node: 'worker-9', result: 'Failed', message: 'kube-proxy ended with exit code 1' }],
      },
      is: ['Stalled', 'NodeFailed'],
    });
    const said = text(failed);
    expect(said).toContain('to nftables   Failed, took 1m30s, attempt 2\n');
    expect(said).toContain(`
Did not switch
  worker-9: Failed. kube-proxy ended with exit code 1

What you can do
  kubectl proxymode explain worker-9       why it did not switch
  kubectl proxymode retry to-nftables      once the cause is gone
  kubectl proxymode rollback to-nftables   take the switched nodes back as well
`);
  });

  it('blocked: the rules that stand in the way, and only those', () => {
    const rule = { verdict: 'block', blocking: true, message: 'too old', nodes: 2, fix: 'upgrade' } as const;
    const rules = [
      { ...rule, rule: 'kernel-min-nft' },
      { ...rule, rule: 'dark-window', verdict: 'warn', blocking: false } as const,
    ];
    const blocked = view(
      {
        status: { phase: 'Blocked', startedAt: undefined, preflight: { checkedAt: ago(1), blocking: 1, rules } },
        is: ['Stalled', 'PreflightBlocked'],
      },
      [],
    );
    expect(text(blocked)).toContain('\nIn the way\n  kernel-min-nft (2 nodes): too old\n\n');
    expect(text(blocked)).not.toContain('dark-window');
  });

  it.each<[string, MigrationParts, string]>([
    [
      'nobody has seen',
      { status: { conditions: [], observedGeneration: 0 } },
      'kubectl get lease -A -o custom-columns=NAME:metadata.name,AT:spec.renewTime',
    ],
    ['is paused', { spec: { paused: true }, status: { phase: 'Paused' }, is: ['none', 'Paused'] }, 'proxymode resume'],
    ['is planned', { spec: { dryRun: true }, status: { phase: 'Planned' }, is: ['Ready', 'DryRun'] }, '"dryRun":false'],
    ['has succeeded', { status: { phase: 'Succeeded' }, is: ['Ready', 'Succeeded'] }, 'proxymode report'],
    ['was changed by others', { status: { phase: 'Blocked' }, is: ['Stalled', 'ConfigMapChanged'] }, 'proxymode retry'],
  ])('tells what can be done with one that %s', (_what, parts, command) => {
    expect(text(view(parts))).toContain(command);
  });

  it('lets nothing that others wrote reach the terminal', () => {
    const bad = '\u001b[2Jgone\u0007';
    const said = text(
      view({
        name: bad,
        status: { message: bad, failures: [{ node: bad, result: 'Failed', message: bad }] },
        is: ['Stalled', 'NodeFailed'],
      }),
    );
    // oxlint-disable-next-line no-control-regex -- these are what it is about
    expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

  it('fits its canvas, painted or not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 140 }),
        fc.integer({ min: 12, max: 60 }),
        fc.integer({ min: 0, max: 300 }),
        fc.string({ maxLength: 400 }),
        (width, height, count, message) => {
          const records = Array.from({ length: count }, (_, index) => record(`node-${index}`, 'Pending'));
          const of = view({ status: { message } }, records);
          const lines = renderStatus(of, { width, height, paint: painted }).map(stripVTControlCharacters);
          expect(lines).toEqual(renderStatus(of, { width, height, paint: unpainted }));
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(width, 75));
        },
      ),
      { numRuns: 40 },
    );
  });
});
