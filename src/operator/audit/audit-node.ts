// The audit of a live node. Rules and objects are never read at the same moment, and kube-proxy follows the objects with a delay: what
// seems wrong is looked at once more, and only what is wrong both times is told.
import type { Clock } from 'kopf-ts';
import { messageOf } from 'kopf-ts';
import type { ProxyMode } from '../../api/fields.ts';
import { examine, inOrder } from '../../dataplane/compare/audit.ts';
import type { Finding } from '../../dataplane/compare/finding.ts';
import type { Demand } from '../../dataplane/demand/demand.ts';
import type { NodeObject } from '../../dataplane/demand/objects.ts';
import { readNode as interpret, type Recorded } from '../../dataplane/recording/read-recording.ts';
import { RecordingError } from '../../dataplane/recording/recording-error.ts';
import type { ServiceObjects } from '../service-objects.ts';
import { readNode, type Most, type NodeSource } from './read-node.ts';

/** Between the two looks (ms): kube-proxy writes rules a second after a change, several where there are thousands of Services. */
const SETTLE = 10_000;

export type AuditWay = {
  readonly objects: ServiceObjects;
  readonly clock: Clock;
  /** Another one each time. */
  readonly mark: () => string;
  readonly most: Most;
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
  { objects, mark, most, signal, mode }: AuditWay,
  since?: number,
): Promise<Looked | NotSeen> {
  const listed = objects.list(since);
  const [reading, found] = await Promise.all([readNode(source, listed, { mark: mark(), most, signal }), listed]);
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
  const first = await firstLook(node, source, way);
  if (first.kind !== 'doubtful') return told(first);
  await way.clock.sleep(SETTLE, way.signal);
  const second = judged(await lookAtNode(node, source, way, way.clock.now()));
  if (second.kind === 'unread') return second;
  return told({
    ...second,
    findings: second.findings.filter((one) => !isDoubtful(one) || first.doubts.has(identityOf(one))),
  });
}

type Doubtful = { readonly kind: 'doubtful'; readonly doubts: ReadonlySet<string> };

/** Only doubts outlive it: rules of two looks, or of two nodes, would take memory twice. */
async function firstLook(node: NodeObject, source: NodeSource, way: AuditWay): Promise<Audited | NotSeen | Doubtful> {
  const first = judged(await lookAtNode(node, source, way));
  if (first.kind === 'unread' || !first.findings.some(isDoubtful)) return first;
  return { kind: 'doubtful', doubts: new Set(first.findings.map(identityOf)) };
}

function judged(looked: Looked | NotSeen): Audited | NotSeen {
  if (looked.kind === 'unread') return looked;
  const { demand, findings } = examine(looked.recorded);
  return { ...looked, kind: 'audited', demand, findings: [...findings, ...looked.unread] };
}

function told(found: Audited | NotSeen): Audited | NotSeen {
  return found.kind === 'unread' ? found : { ...found, findings: inOrder(found.findings) };
}

/** May be but a change that one side has seen and the other has not. */
function isDoubtful({ kind }: Finding): boolean {
  return kind === 'missing' || kind === 'wrong' || kind === 'surplus';
}

/** To the word: an endpoint too many then, and another one now, is a Service that is changing, and not a fault. */
function identityOf({ id, family, service, where, what }: Finding): string {
  return JSON.stringify([id, family, service, where, what]);
}
