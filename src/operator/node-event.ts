// A node's change of phase as an Event on its NodeMigration.
import type { EventInput } from 'kopf-ts';
import { NODE_MIGRATIONS, type NodeMigration } from '../api/kinds.ts';
import { API_VERSION } from '../api/names.ts';
import type { RecordWrite } from '../rollout/decision.ts';

const BAD: ReadonlySet<string> = new Set(['Restoring', 'FellBack', 'Failed']);

export function eventOf({ before, status, node }: RecordWrite, object: NodeMigration): EventInput | undefined {
  const { phase } = status;
  if (phase === undefined || phase === before.phase || phase === 'Pending' || phase === 'Verifying') return undefined;
  // A node that is taken back because of another has done nothing wrong, unless it is lost on the way.
  const bad = phase === 'Stranded' || (BAD.has(phase) && status.result !== 'RolledBack');
  return {
    regarding: { apiVersion: API_VERSION, kind: NODE_MIGRATIONS.kind, metadata: object.metadata },
    type: bad ? 'Warning' : 'Normal',
    reason: status.reason ?? phase,
    action: phase,
    note: `${node}: ${status.message ?? ''}`,
  };
}
