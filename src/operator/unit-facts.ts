// A unit that was looked at, as the rollout sees it: a pod whose replacement is to write its file and restart it.
import type { NodeMigrationStatus, UnitFile } from '../api/node-migration.ts';
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
function aimOf({ phase }: NodeMigrationStatus): Aim | undefined {
  if (phase === 'Switching') return 'target';
  return phase === 'Restoring' || phase === 'Stranded' ? 'original' : undefined;
}

/**
 * A process is another one only if it has read what was written for it. One that has ended and come back by itself before its
 * file was written still is the one that `replacing` names; so is whichever runs while a restart is owed.
 */
export function unitFacts(seen: SeenUnit, view: UnitView, units: Pick<UnitWatch, 'replacing' | 'failure'>): PodFacts {
  const { node, status, change, oldMode } = view;
  const { place, facts } = seen;
  const { process, file } = facts;
  const text = file.kind === 'file' ? file.text : '';
  const systemd = recordOf(seen, status.systemd, change);
  const order = units.replacing(node);
  if (order !== undefined) return { ...process, uid: order.uid, deleting: true, systemd };
  const aim = aimOf(status);
  const { replacing } = status;
  if (aim === undefined || replacing === undefined) return { ...process, systemd };
  const wish = { aim, change, oldMode, recorded: status.systemd };
  const wished = wishedText(place, text, wish);
  const isWritten = wished.kind === 'text' && wished.text === text;
  const uid = isWritten && !facts.restartOwed ? process.uid : replacing;
  const stuck = units.failure(node, { uid, wish });
  return { ...process, uid, systemd, ...(stuck === undefined ? {} : { stuck }) };
}

type Made = { readonly recorded: UnitFile | undefined; readonly change: ConfigChange; readonly record: UnitFile };

/** A file is parsed to know it; most looks at most nodes find what the one before has found. */
const MADE = new WeakMap<SeenUnit, Made>();

function recordOf(seen: SeenUnit, recorded: UnitFile | undefined, change: ConfigChange): UnitFile {
  const known = MADE.get(seen);
  const isSame =
    known?.recorded === recorded && known?.change.mode === change.mode && known.change.config === change.config;
  if (known !== undefined && isSame) return known.record;
  const { place, facts } = seen;
  const file = facts.file.kind === 'file' ? facts.file : { text: '', sha256: '' };
  const record = fileToRecord(place, file, recorded, change);
  MADE.set(seen, { recorded, change, record });
  return record;
}
