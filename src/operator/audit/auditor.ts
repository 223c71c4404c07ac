// The audit of one node as work of the operator (verify.audit): read, compared, and cut down to what the node's record keeps.
import type { Duplex } from 'node:stream';
import type { Clock } from 'kopf-ts';
import type { Finding } from '../../dataplane/compare/finding.ts';
import { printable } from '../../kubeproxy/printable.ts';
import type { NodeShell } from '../../node/shell.ts';
import type { AuditResult, Finished, NodeTask } from '../../rollout/node-task.ts';
import { TaskRefused } from '../node-tasks.ts';
import type { DialOptions } from '../prober.ts';
import type { ServiceObjects } from '../service-objects.ts';
import { auditNode, type Audited } from './audit-node.ts';
import { askingThrough, OPERATOR_MOST } from './read-node.ts';

/** How many findings a record keeps. */
const KEPT = 5;
/** Real milliseconds for a stream to kube-proxy. */
const STREAM = 10_000;

export type AuditTask = Extract<NodeTask, { kind: 'audit' }>;

export type AuditorOptions = {
  readonly objects: ServiceObjects;
  readonly clock: Clock;
  /** Another one each time. */
  readonly mark: () => string;
  /** To a port of the node's loopback. */
  readonly dial: (node: string, port: number, options: DialOptions) => Promise<Duplex>;
};

export type Auditor = (task: AuditTask, shell: NodeShell, signal: AbortSignal) => Promise<Finished>;

/** The auditor rejects with a sentence about why nothing can be said of the node's rules. */
export function createAuditor({ objects, clock, mark, dial }: AuditorOptions): Auditor {
  return async ({ node: name, port, mode }, shell, signal) => {
    const node = await objects.node(name);
    if (node === undefined) throw new TaskRefused(`there is no Node ${name}, whose addresses its rules depend on`);
    const ask = askingThrough(() => dial(name, port, { timeout: STREAM, signal }));
    const way = { objects, clock, mark, most: OPERATOR_MOST, signal, mode };
    const found = await auditNode(node, { shell, ask, config: undefined }, way);
    if (found.kind === 'unread') throw new Error(found.why);
    const unjudged = found.findings.find(({ kind, severity }) => kind === 'unread' && severity === 'error');
    if (unjudged !== undefined) throw new Error(unjudged.what);
    return { notes: [], audit: resultOf(found) };
  };
}

function resultOf({ demand, findings }: Audited): AuditResult {
  return {
    services: new Set(demand.ports.map(({ namespace, name }) => `${namespace}/${name}`)).size,
    findings: findings.length,
    errors: findings.filter(({ severity }) => severity === 'error').length,
    // What breaks connections comes first, so that a record says why its node has failed.
    first: findings
      .toSorted((a, b) => Number(breaks(b)) - Number(breaks(a)))
      .slice(0, KEPT)
      .map(kept),
    isBroken: findings.some(breaks),
  };
}

/** Too much, left over or somebody else's may have been there before. */
function breaks({ kind, severity }: Finding): boolean {
  return severity === 'error' && (kind === 'missing' || kind === 'wrong');
}

function kept({ kind, severity, service, where, what }: Finding): AuditResult['first'][number] {
  const cut = (text: string, most: number): string => printable(text).slice(0, most);
  return {
    kind,
    severity,
    ...(service === undefined ? {} : { service: cut(service, 512) }),
    where: cut(where, 256),
    what: cut(what, 512),
  };
}
