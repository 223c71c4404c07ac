import { expect, it } from 'vitest';
import type { AuditEvidence } from '../../api/node-migration.ts';
import { unpainted } from '../../terminal/paint.ts';
import { ago, record } from '../testing/migration.ts';
import { reportInput } from '../testing/report.ts';
import { renderExplain } from './render-explain.ts';

const text = (of: Parameters<typeof renderExplain>[0], width = 80): string =>
  renderExplain(of, { width, paint: unpainted })
    .map((line) => `${line.trimEnd()}\n`)
    .join('');

it('tells where a node stands, what that means, and every fact it rests on', () => {
  const failed = reportInput().records.find(({ spec }) => spec.nodeName === 'n3') ?? record('n3', 'Failed');
  expect(text(failed, 100)).toBe(`n3
Failed in to-nftables, which moves nodes to nftables

kube-proxy ended with exit code 1
CrashLooping: The new kube-proxy ends again and again.

What it ran before
  mode        iptables
  kube-proxy  v1.36.3
  process     kube-proxy-old (uid-old), 1 restart

What was read after its switch
  it answered  nothing
  process      kube-proxy-bad (uid-bad), 2 restarts
  last words   no nft

What was read after it went back
  it answered          iptables, 3 times in a row, last at ${ago(53)}
  process              kube-proxy-n3 (uid-n3)
  process started      ${ago(58)}
  rules written, IPv4  ${ago(56)} (2s after the start)
  failed syncs         0

When
  attempt          1
  last step began  ${ago(60)}
  done             ${ago(50)} (10s)
`);
});

it('tells what came of the comparison of the rules', () => {
  const process = { podName: 'kp', podUID: 'u', restarts: 0, mode: 'nftables', readings: 3 };
  const at = ago(5);
  const shown = (audit: AuditEvidence): string =>
    text(record('n1', 'Switched', { evidence: { ...process, audit } }), 100);
  expect(shown({ at, services: 12, findings: 0, errors: 0, first: [] })).toContain(
    `its rules    as demanded, with 12 Services, at ${at}`,
  );
  const first: AuditEvidence['first'] = [
    { kind: 'missing', severity: 'error', service: 'shop/web:http', where: 'map a', what: 'Nothing there.' },
  ];
  const broken = shown({ at, services: 12, findings: 2, errors: 1, first });
  expect(broken).toContain(`its rules    2 findings, 1 error, with 12 Services, at ${at}`);
  expect(broken).toContain('missing      shop/web:http, map a: Nothing there.');
  expect(shown({ at, problem: 'no room for a pod' })).toContain('its rules    not compared: no room for a pod');
});

it('shows what was found and changed, and each line of a fix as it is to be typed', () => {
  const prepared = record('n1', 'Pending', {
    findings: [
      { rule: 'ipvs-ko-missing', verdict: 'block', blocking: true, message: 'no ip_vs', fix: 'modprobe ip_vs\nlsmod' },
      { rule: 'dark-window', verdict: 'warn', blocking: false, message: 'seconds' },
      { rule: 'kernel-min-nft', verdict: 'unknown', blocking: false, message: 'not seen' },
    ],
    preparation: {
      modules: ['ip_vs', 'ip_vs_rr'],
      sysctls: [{ name: 'net.ipv4.ip_forward', from: '0', to: '1' }],
      persist: true,
      startedAt: ago(9),
      problem: 'modprobe ended with 1',
    },
  });
  expect(text(prepared)).toContain(`What was found on it
  ipvs-ko-missing  block, in the way: no ip_vs
  to mend it       modprobe ip_vs
                   lsmod
  dark-window      warn: seconds
  kernel-min-nft   unknown, accepted: not seen

What was changed to make it ready
  modules loaded       ip_vs, ip_vs_rr
  net.ipv4.ip_forward  0 before, 1 since
  outlasts a reboot    yes
  problem              modprobe ended with 1
`);
});

it('of an untouched node says so', () => {
  const { status: _none, ...untouched } = record('n1', 'Pending');
  expect(text(untouched)).toContain('nothing has been done to it yet');
});

it('breaks long values, and keeps control characters from the terminal', () => {
  const evil = record('n1', 'Failed', { message: `\u001b[2J${'long words '.repeat(30)}`, reason: 'Unheard' });
  for (const line of text(evil, 60).split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(text(evil)).not.toContain('\u001b');
});
