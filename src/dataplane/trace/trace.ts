// Follows connections to one Service through a node's rules, as a person would by hand, and says where they end and what is wrong.
import type { ServicePort, Front } from '../demand/service-ports.ts';
import type { Demand } from '../demand/demand.ts';
import { expectation } from '../demand/expectation.ts';
import { packetsTo, sourcesOf } from '../demand/packets.ts';
import { judge, type Remark } from '../compare/judge.ts';
import { subjectOf, type AuditInput } from '../compare/subject.ts';
import { nodeWalk } from '../walk/node-walk.ts';
import type { Ending, Origin, Packet, StagedStep } from '../walk/packet.ts';

export type TraceQuestion = {
  /** `shop/web` */
  readonly service: string;
  /** Name or number; undefined for all ports. */
  readonly port: string | undefined;
  readonly from: Origin;
};

export type Trace = {
  /** `shop/web:http` */
  readonly service: string;
  readonly front: Front['kind'];
  readonly packet: Packet;
  /** In the order in which they are met; what several lots meet is there once. */
  readonly steps: readonly StagedStep[];
  readonly endings: readonly Ending[];
  /** None: as it should be. */
  readonly remarks: readonly Remark[];
};

export type TraceAnswer =
  | { readonly kind: 'traced'; readonly demand: Demand; readonly traces: readonly Trace[] }
  /** A sentence: why no rule is to be expected, or that there is no such Service. */
  | { readonly kind: 'nothing'; readonly found: boolean; readonly why: string };

export function traceService(input: AuditInput, question: TraceQuestion): TraceAnswer {
  const { demand, rules, place } = subjectOf(input);
  const all = demand.ports.filter(({ namespace, name }) => `${namespace}/${name}` === question.service);
  const ports = all.filter((port) => isAsked(port, question.port));
  if (ports.length === 0) return nothing(input, question, all);
  const sources = sourcesOf(demand);
  const walks = {
    IPv4: nodeWalk(rules, demand.mode, { family: 'IPv4', place }),
    IPv6: nodeWalk(rules, demand.mode, { family: 'IPv6', place }),
  };
  const traces = ports.flatMap((port) =>
    port.fronts
      .flatMap((front) => packetsTo(port, front, { demand, place, sources }).map((packet) => ({ front, packet })))
      .filter(({ packet }) => packet.from === question.from)
      .map(({ front, packet }) => {
        const steps: StagedStep[] = [];
        const endings = walks[port.family](packet, (step) => void steps.push(step));
        const remarks = judge(endings, expectation(demand, port, front, packet));
        return { service: port.text, front: front.kind, packet, steps: once(steps), endings, remarks };
      }),
  );
  return traces.length > 0
    ? { kind: 'traced', demand, traces }
    : {
        kind: 'nothing',
        found: true,
        why: `No address is known from which a connection from ${question.from} could come.`,
      };
}

function isAsked(port: ServicePort, asked: string | undefined): boolean {
  return asked === undefined || port.portName === asked || port.fronts.some((front) => String(front.port) === asked);
}

function nothing(
  input: Omit<AuditInput, 'rules'>,
  question: TraceQuestion,
  ports: readonly ServicePort[],
): TraceAnswer {
  const { service: name, port } = question;
  const service = input.services.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === name);
  if (service === undefined) return { kind: 'nothing', found: false, why: `There is no Service ${name}.` };
  if (ports.length > 0) return { kind: 'nothing', found: false, why: `Service ${name} has no port ${port}.` };
  const why =
    service.spec?.type === 'ExternalName'
      ? 'is of type ExternalName: DNS answers with another name'
      : 'service.kubernetes.io/service-proxy-name' in (service.metadata.labels ?? {})
        ? 'is left to another proxy by its label service.kubernetes.io/service-proxy-name'
        : 'is headless: DNS answers with the addresses of its pods';
  return { kind: 'nothing', found: true, why: `Service ${name} ${why}. kube-proxy writes no rules for it.` };
}

/** Lots that part in nat meet the same rules of filter and POSTROUTING: told once, with their shares together. */
function once(steps: readonly StagedStep[]): StagedStep[] {
  const seen = new Map<string, StagedStep>();
  for (const step of steps) {
    const key = `${step.depth} ${step.where} ${step.rule}`;
    const known = seen.get(key);
    seen.set(key, known === undefined ? step : { ...known, share: known.share + step.share });
  }
  return [...seen.values()];
}
