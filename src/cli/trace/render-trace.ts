// One connection's way for a person: a heading, the rules it meets in order and indented as they are nested, and its end in words.
import { endSentence, wrongSentence } from '../../dataplane/trace/sentence.ts';
import type { Trace } from '../../dataplane/trace/trace.ts';
import { hostPort } from '../../dataplane/addresses.ts';
import type { Paint } from '../../terminal/paint.ts';
import { counted } from '../counted.ts';

const FRONTS = {
  clusterIP: 'ClusterIP',
  externalIP: 'external IP',
  loadBalancerIP: 'load balancer',
  nodePort: 'node port',
} as const;
const ORIGINS = { pod: 'a pod', host: 'the node itself', outside: 'outside' } as const;

export function renderTrace(trace: Trace, paint: Paint): readonly string[] {
  const { service, front, packet, steps } = trace;
  const to = `${hostPort(packet.destination, packet.port)}/${packet.protocol.toUpperCase()}`;
  const wrong = wrongSentence(trace);
  return [
    `${paint('strong', service)}  ${FRONTS[front]} ${to}, from ${ORIGINS[packet.from]} (${packet.source})`,
    ...steps.map((step) => renderStep(step, paint)),
    `  ${endSentence(trace)}`,
    wrong === undefined ? paint('good', '  ✓ As it should be.') : paint('bad', `  ✗ ${wrong}`),
  ];
}

function renderStep({ depth, where, rule, share, counter, passedOver }: Trace['steps'][number], paint: Paint): string {
  const chance = share > 0.9995 ? '' : `${Number((share * 100).toFixed(1))} %  `;
  const counts = counter === undefined ? '' : paint('quiet', `  [${counted(counter.packets, 'packet')}]`);
  const others = passedOver ? paint('quiet', '  (not kube-proxy’s: not followed)') : '';
  return `${'  '.repeat(depth + 1)}${chance}${paint('strong', where)}  ${shortened(rule)}${counts}${others}`;
}

/** What a rule matches and does; that modules are loaded for it, and what it is for, need not be read again at each step. */
function shortened(rule: string): string {
  return rule
    .replaceAll(/-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+) ?/g, '')
    .replaceAll(/-m (?:tcp|udp|sctp|mark|addrtype|conntrack|set|statistic|recent) (?=-)/g, '')
    .trim();
}
