import { expect, test } from 'vitest';
import { readRecording } from '../recording/read-recording.ts';
import { apiTexts, recordedNode, textsOf } from '../testing/node.ts';
import { IPTABLES, replace, without, type Edit } from '../testing/plant.ts';
import { endSentence, wrongSentence } from './sentence.ts';
import { traceService, type Trace, type TraceQuestion } from './trace.ts';

type Mode = 'iptables' | 'ipvs' | 'nftables';

function traced(mode: Mode, question: Partial<TraceQuestion>, edit: Edit = () => {}): readonly Trace[] {
  const texts = textsOf(mode);
  edit(texts);
  const recording = readRecording(texts, apiTexts(), { mode: undefined, node: undefined });
  const answer = traceService(recording, { service: 'shop/web', port: 'http', from: 'pod', ...question });
  expect(answer.kind).toBe('traced');
  return answer.kind === 'traced' ? answer.traces : [];
}

function chainsOf(trace: Trace | undefined): string[] {
  return [...new Set(trace?.steps.map(({ where }) => where))];
}

test('in mode iptables a connection goes from KUBE-SERVICES to one chain of each endpoint', () => {
  const [trace] = traced('iptables', {});
  expect(chainsOf(trace)).toEqual([
    'nat PREROUTING',
    'nat KUBE-SERVICES',
    'nat KUBE-SVC-67NZLRHBNDSAWJRO',
    'nat KUBE-SEP-FZQ6KZLGXRSKN2AD',
    'nat KUBE-SEP-EPVTA2RHFPHQF37H',
    'nat KUBE-SEP-A4XDIGXZ2YDXHROU',
    'filter FORWARD',
    'nat POSTROUTING',
    'nat KUBE-POSTROUTING',
  ]);
  expect(trace?.steps[1]?.counter).toEqual({ packets: 2, bytes: 120 });
  expect(trace && endSentence(trace)).toBe(
    "Ends at 10.244.1.10:8080, 10.244.1.11:8080, 10.244.1.12:8080, 33.3 % each, which sees the client's own address.",
  );
  expect(trace && wrongSentence(trace)).toBeUndefined();
});

test('from the node it is marked on its way, and masqueraded at its end', () => {
  const [trace] = traced('iptables', { from: 'host' });
  expect(chainsOf(trace)).toContain('nat KUBE-MARK-MASQ');
  expect(trace && endSentence(trace)).toContain("which sees the node's address as its client");
});

test('in mode ipvs it goes through ipsets to the virtual server and its destinations', () => {
  const [trace] = traced('ipvs', { from: 'outside' });
  const rules = trace?.steps.map(({ rule }) => rule).join('\n') ?? '';
  expect(rules).toContain('--match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ');
  expect(rules).toContain(
    'tcp 10.96.1.1:80 rr -> 10.244.1.12:8080 weight 1, 10.244.1.11:8080 weight 1, 10.244.1.10:8080 weight 1',
  );
  expect(trace && endSentence(trace)).toContain(
    'Ends at 10.244.1.12:8080, 10.244.1.11:8080, 10.244.1.10:8080, 33.3 % each',
  );
});

test('in mode nftables it goes through service-ips to the chain of the Service', () => {
  const [trace] = traced('nftables', {});
  expect(chainsOf(trace)).toEqual(
    expect.arrayContaining(['nat-prerouting', 'services', 'service-KHN6ECMT-shop/web/tcp/http']),
  );
  expect(trace && wrongSentence(trace)).toBeUndefined();
});

test.each(['iptables', 'ipvs', 'nftables'] as const)('in mode %s nothing is wrong from anywhere', (mode) => {
  const recording = recordedNode(mode);
  const services = recording.services.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const origins = ['pod', 'host', 'outside'] as const;
  for (const question of services.flatMap((service) => origins.map((from) => ({ service, from, port: undefined })))) {
    const answer = traceService(recording, question);
    const wrong = answer.kind === 'traced' ? answer.traces.flatMap((trace) => wrongSentence(trace) ?? []) : [];
    expect(wrong).toEqual([]);
    expect(answer.kind === 'traced' || answer.found).toBe(true);
  }
});

test('a chain that leads nowhere is named', () => {
  const [trace] = traced('iptables', {}, without(IPTABLES, /-A KUBE-SVC-67NZLRHBNDSAWJRO/));
  expect(trace && endSentence(trace)).toBe(
    'Goes on as it came: no rule leads it to an endpoint. The last rule it meets is in nat KUBE-SERVICES.',
  );
  expect(trace && wrongSentence(trace)).toBe('Wrong: it finds no rule that leads to an endpoint.');
});

test('an unequal draw is told with its shares', () => {
  const edit = replace(
    IPTABLES,
    /(?<=web:http -> 10.244.1.10:8080" -m statistic --mode random --probability )0.33333333349/,
    '0.25000000000',
  );
  const [trace] = traced('iptables', {}, edit);
  expect(trace && endSentence(trace)).toContain(
    '10.244.1.10:8080 (25 %), 10.244.1.11:8080 (37.5 %), 10.244.1.12:8080 (37.5 %)',
  );
  expect(trace && wrongSentence(trace)).toContain('10.244.1.10:8080 with 25 %');
});

test.each([
  ['shop/none', undefined, false, 'There is no Service shop/none.'],
  ['shop/web', '9999', false, 'Service shop/web has no port 9999.'],
  [
    'shop/db',
    undefined,
    true,
    'Service shop/db is headless: DNS answers with the addresses of its pods. kube-proxy writes no rules for it.',
  ],
  [
    'shop/ext',
    undefined,
    true,
    'Service shop/ext is of type ExternalName: DNS answers with another name. kube-proxy writes no rules for it.',
  ],
])('there is nothing to follow for %s port %s', (service, port, found, why) => {
  expect(traceService(recordedNode('iptables'), { service, port, from: 'pod' })).toEqual({
    kind: 'nothing',
    found,
    why,
  });
});
