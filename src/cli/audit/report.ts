// The shape of `audit -o json`. Within one schemaVersion fields are only added. null: does not apply.
import type { ProxyMode } from '../../api/fields.ts';
import type { Audit } from '../../dataplane/compare/audit.ts';
import type { Finding } from '../../dataplane/compare/finding.ts';
import { EXIT } from '../exit-codes.ts';

export type AuditReport = {
  readonly schemaVersion: 1;
  readonly node: string;
  readonly mode: ProxyMode;
  /** What was compared: Service ports count once in each family. */
  readonly checked: { readonly services: number; readonly servicePorts: number; readonly endpoints: number };
  readonly summary: { readonly errors: number; readonly warnings: number; readonly notes: number };
  /** Errors first. */
  readonly findings: readonly ReportedFinding[];
};

export type ReportedFinding = Omit<Finding, 'service' | 'family'> & {
  readonly service: string | null;
  readonly family: 'IPv4' | 'IPv6' | null;
};

/** Of several nodes. */
export type NodesReport = {
  readonly schemaVersion: 1;
  readonly nodes: readonly AuditReport[];
  readonly notRead: readonly { readonly node: string; readonly why: string }[];
};

export function exitCodeOf({ nodes, notRead }: Pick<NodesReport, 'nodes' | 'notRead'>): number {
  const errors = nodes.flatMap(({ findings }) => findings.filter(({ severity }) => severity === 'error'));
  if (errors.some(({ kind }) => kind !== 'unread')) return EXIT.blocked;
  // What could not be read is an error of no node: nothing is known of it.
  return notRead.length + errors.length > 0 ? EXIT.unknown : EXIT.ready;
}

export function reportOf({ demand, findings }: Audit): AuditReport {
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    schemaVersion: 1,
    node: demand.view.name,
    mode: demand.mode,
    checked: {
      services: new Set(demand.ports.map(({ namespace, name }) => `${namespace}/${name}`)).size,
      servicePorts: demand.ports.length,
      endpoints: demand.endpointCount,
    },
    summary: { errors: count('error'), warnings: count('warning'), notes: count('note') },
    findings: findings.map((finding) => ({
      ...finding,
      service: finding.service ?? null,
      family: finding.family ?? null,
    })),
  };
}
