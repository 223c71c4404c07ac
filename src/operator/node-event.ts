// A node's change of phase as an Event on its NodeMigration.
import type { EventInput } from 'kopf-ts';
import { NODE_MIGRATIONS, type NodeMigration } from '../api/kinds.ts';
import { API_VERSION } from '../api/names.ts';
import type { RecordWrite } from '../rollout/decision.ts';

const BAD: ReadonlySet<string> = new Set(['Restoring', 'FellBack', 'Failed', 'Stranded']);

export function eventOf({ before, status, node }: RecordWrite, object: NodeMigration): EventInput | undefined {
  const { phase } = status;
  if (phase === undefined || phase === before.phase || phase === 'Pending' || phase === 'Verifying') return undefined;
  const takenBack = status.result === 'RolledBack';
  return {
    regarding: { apiVersion: API_VERSION, kind: NODE_MIGRATIONS.kind, metadata: object.metadata },
    type: BAD.has(phase) && !takenBack ? 'Warning' : 'Normal',
    reason: status.reason ?? phase,
    action: phase,
    note: `${node}: ${status.message ?? ''}`,
  };
}
