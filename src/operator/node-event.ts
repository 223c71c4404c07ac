// A node's change of phase as an Event on its NodeMigration.
import type { EventInput } from 'kopf-ts';
import { NODE_MIGRATIONS, type NodeMigration } from '../api/kinds.ts';
import { API_VERSION } from '../api/names.ts';
import type { RecordWrite } from '../rollout/decision.ts';

const BAD: ReadonlySet<string> = new Set(['Restoring', 'FellBack', 'Failed']);

/** Changes nobody needs to hear of: a turn that has not come, and the first look at a new pod. */
const QUIET: ReadonlySet<string> = new Set(['Pending', 'Verifying']);

export function eventOf(write: RecordWrite, object: NodeMigration): EventInput | undefined {
  const { before, status, node } = write;
  const { phase } = status;
  if (phase === undefined || phase === before.phase || QUIET.has(phase)) return undefined;
  const regarding = { apiVersion: API_VERSION, kind: NODE_MIGRATIONS.kind, metadata: object.metadata };
  const message = status.message ?? '';
  if (isSafeAgain(write)) {
    const note = `${node}: back in ${status.mode ?? 'its old mode'}, verified; ${message}`;
    return { regarding, type: 'Normal', reason: 'Restored', action: phase, note };
  }
  // A node that is taken back because of another has done nothing wrong, unless it is lost on the way.
  const bad = phase === 'Stranded' || (BAD.has(phase) && status.result !== 'RolledBack');
  return {
    regarding,
    type: bad ? 'Warning' : 'Normal',
    reason: status.reason ?? phase,
    action: phase,
    note: `${node}: ${message}`,
  };
}

function isSafeAgain({ before, status }: RecordWrite): boolean {
  const came = before.phase === 'Restoring' || before.phase === 'Stranded';
  return came && (status.phase === 'FellBack' || status.phase === 'Failed');
}
