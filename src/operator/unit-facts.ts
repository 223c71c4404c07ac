// A unit that was looked at, as the rollout sees it: a pod whose replacement is to write its file and restart it.
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import type { ConfigChange } from '../kubeproxy/config-edit.ts';
import type { PodFacts } from '../rollout/observed.ts';
import { fileToRecord, wishedText, type Aim, type FileWish } from './unit-files.ts';
import type { SeenUnit, UnitWatch } from './unit-watch.ts';

export type UnitView = {
  readonly node: string;
  readonly status: NodeMigrationStatus;
  readonly change: ConfigChange;
  readonly oldMode: FileWish['oldMode'];
};

/** What a node in transit is on its way to; undefined for one that is not. */
export function aimOf({ phase }: NodeMigrationStatus): Aim | undefined {
  if (phase === 'Switching') return 'target';
  return phase === 'Restoring' || phase === 'Stranded' ? 'original' : undefined;
}

/**
 * A process is another one only if it could have read what was written for it. One that has ended and come back by itself
 * before its file was written still is the one that `replacing` names.
 */
export function unitFacts(
  { place, facts }: SeenUnit,
  view: UnitView,
  units: Pick<UnitWatch, 'replacing' | 'failure'>,
): PodFacts {
  const { node, status, change, oldMode } = view;
  const { process, file } = facts;
  const text = file.kind === 'file' ? file.text : '';
  const sha256 = file.kind === 'file' ? file.sha256 : '';
  const systemd = fileToRecord(place, { text, sha256 }, status.systemd, change);
  const order = units.replacing(node);
  if (order !== undefined) return { ...process, uid: order.uid, deleting: true, systemd };
  const aim = aimOf(status);
  const { replacing } = status;
  if (aim === undefined || replacing === undefined) return { ...process, systemd };
  const wish = { aim, change, oldMode, recorded: status.systemd };
  const wished = wishedText(place, text, wish);
  const isWritten = wished.kind === 'text' && wished.text === text;
  const uid = isWritten ? process.uid : replacing;
  const stuck = units.failure(node, { uid, wish });
  return { ...process, uid, systemd, ...(stuck === undefined ? {} : { stuck }) };
}
