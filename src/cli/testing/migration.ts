// Migrations and records for tests of what is made of them.
import type { Condition } from '../../api/fields.ts';
import {
  NODE_MIGRATIONS,
  PROXY_MODE_MIGRATIONS,
  type NodeMigration,
  type ProxyModeMigration,
} from '../../api/kinds.ts';
import { migrationSpec, type MigrationSpec, type MigrationStatus } from '../../api/migration.ts';
import { API_VERSION } from '../../api/names.ts';
import type { NodeMigrationStatus } from '../../api/node-migration.ts';

/** 2026-03-02T09:00:00Z. */
export const NOW = Date.UTC(2026, 2, 2, 9);

/** So many seconds before NOW. */
export function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

export type MigrationParts = {
  readonly name?: string;
  readonly spec?: Partial<MigrationSpec>;
  readonly status?: MigrationStatus;
  /** The condition that is true, and its reason. */
  readonly is?: readonly [type: 'Ready' | 'Reconciling' | 'Stalled' | 'none', reason: string];
  readonly deleting?: boolean;
};

/** To nftables, seen by an operator, on its way since two minutes, unless said otherwise. */
export function migration(parts: MigrationParts = {}): ProxyModeMigration {
  const { name = 'to-nftables', spec = {}, status = {}, is = ['Reconciling', 'Progressing'], deleting = false } = parts;
  return {
    apiVersion: API_VERSION,
    kind: PROXY_MODE_MIGRATIONS.kind,
    metadata: { name, uid: `uid-of-${name}`, generation: 1, ...(deleting ? { deletionTimestamp: ago(1) } : {}) },
    spec: { ...migrationSpec.parse({ mode: 'nftables' }), ...spec },
    status: {
      observedGeneration: 1,
      phase: 'Progressing',
      startedAt: ago(120),
      attempt: 1,
      message: 'nodes are being switched',
      conditions: conditions(is),
      ...status,
    },
  };
}

function conditions([type, reason]: NonNullable<MigrationParts['is']>): Condition[] {
  return ['Ready', 'Reconciling', 'Stalled'].map((one) => ({
    type: one,
    status: one === type ? 'True' : 'False',
    reason,
    message: '',
    lastTransitionTime: ago(60),
  }));
}

export function record(
  nodeName: string,
  phase: NonNullable<NodeMigrationStatus['phase']>,
  status: NodeMigrationStatus = {},
  of = 'to-nftables',
): NodeMigration {
  return {
    apiVersion: API_VERSION,
    kind: NODE_MIGRATIONS.kind,
    metadata: { name: `${of}.${nodeName}`, uid: `uid-of-${nodeName}` },
    spec: { migration: of, nodeName, nodeUID: `uid-of-${nodeName}`, mode: 'nftables' },
    status: { phase, attempt: 1, mode: phase === 'Switched' ? 'nftables' : 'iptables', ...status },
  };
}
