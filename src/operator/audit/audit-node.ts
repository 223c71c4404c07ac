// The audit of a live node. Rules and objects are never read at the same moment, and kube-proxy follows the objects with a delay: what
// seems wrong is looked at once more, and only what is wrong both times is told.
import type { Clock } from 'kopf-ts';
import { messageOf } from 'kopf-ts';
import type { ProxyMode } from '../../api/fields.ts';
import { audit } from '../../dataplane/compare/audit.ts';
import { bySeverity, type Finding } from '../../dataplane/compare/finding.ts';
import type { Demand } from '../../dataplane/demand/demand.ts';
import type { NodeObject } from '../../dataplane/demand/objects.ts';
import { readNode as interpret, type Recorded } from '../../dataplane/recording/read-recording.ts';
import { RecordingError } from '../../dataplane/recording/recording-error.ts';
import type { ServiceObjects } from '../service-objects.ts';
import { readNode, type NodeSource } from './read-node.ts';

/** Between the two looks (ms): kube-proxy writes rules a second after a change, several where there are thousands of Services. */
const SETTLE = 5000;

export type AuditWay = {
  readonly objects: ServiceObjects;
  readonly clock: Clock;
  /** Another one each time. */
  readonly mark: () => string;
  readonly signal: AbortSignal;
  /** Judged by this mode; otherwise by the one its kube-proxy runs. */
  readonly mode?: ProxyMode | undefined;
};

export type Looked = {
  readonly kind: 'looked';
  /** By name of file, as recordings have them. */
  readonly texts: ReadonlyMap<string, string>;
  readonly recorded: Recorded;
  readonly unread: readonly Finding[];
};
export type NotSeen = { readonly kind: 'unread'; readonly why: string };
export type Audited = Omit<Looked, 'kind'> & {
  readonly kind: 'audited';
  readonly demand: Demand;
  readonly findings: readonly Finding[];
};

/** Objects listed at `since` or later. Throws what listing them throws. */
export async function lookAtNode(
  node: NodeObject,
  source: NodeSource,
  { objects, mark, signal, mode }: AuditWay,
  since?: number,
): Promise<Looked | NotSeen> {
  const listed = objects.list(since);
  const [reading, found] = await Promise.all([readNode(source, listed, { mark: mark(), signal }), listed]);
  if (reading.kind === 'unread') return reading;
  const { texts, unread } = reading;
  try {
    const recorded = interpret(texts, { ...found, nodes: [node] }, { mode, node: node.metadata.name });
    return { kind: 'looked', texts, recorded, unread };
  } catch (error) {
    if (error instanceof RecordingError) return { kind: 'unread', why: messageOf(error) };
    throw error;
  }
}

/** Throws what listing objects throws. */
export async function auditNode(node: NodeObject, source: NodeSource, way: AuditWay): Promise<Audited | NotSeen> {
  const first = judged(await lookAtNode(node, source, way));
  if (first.kind === 'unread' || !first.findings.some(isDoubtful)) return first;
  await way.clock.sleep(SETTLE, way.signal);
  const second = judged(await lookAtNode(node, source, way, way.clock.now()));
  if (second.kind === 'unread') return second;
  return { ...second, findings: second.findings.filter((one) => !isDoubtful(one) || lasts(one, first.findings)) };
}

function judged(looked: Looked | NotSeen): Audited | NotSeen {
  if (looked.kind === 'unread') return looked;
  const { demand, findings } = audit(looked.recorded);
  return { ...looked, kind: 'audited', demand, findings: [...findings, ...looked.unread].toSorted(bySeverity) };
}

/** May be but a change that one side has seen and the other has not. */
function isDoubtful({ kind }: Finding): boolean {
  return kind === 'missing' || kind === 'wrong' || kind === 'surplus';
}

/** A finding without a Service may stand for many of them. */
function lasts(finding: Finding, before: readonly Finding[]): boolean {
  return before.some(
    ({ id, family, service }) =>
      id === finding.id &&
      family === finding.family &&
      (service === finding.service || service === undefined || finding.service === undefined),
  );
}
