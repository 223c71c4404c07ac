// What the file that decides a unit's mode shall say: pure. The migration's ConfigMap says which mode is wanted, the node's
// record what the file was before.
import { keepsOriginal, type UnitFile } from '../api/node-migration.ts';
import type { ConfigChange } from '../kubeproxy/config-edit.ts';
import { problem, type Problem } from '../kubeproxy/problem.ts';
import { editPlace, keptOf, originalOf, revertPlace } from '../systemd/edit-place.ts';
import type { UnitPlace } from '../systemd/unit-place.ts';

/** `original`: as it was before the migration. */
export type Aim = 'target' | 'original';

export type FileWish = {
  readonly aim: Aim;
  readonly change: ConfigChange;
  /** The mode nodes go back to, for a file whose original is not kept any more. */
  readonly oldMode: ConfigChange['mode'] | undefined;
  readonly recorded: UnitFile | undefined;
};

export type FileAim = { readonly kind: 'text'; readonly text: string } | Problem;

/** `current` is the file as it is now; the same text comes back when nothing is left to do. Never throws. */
export function wishedText(place: UnitPlace, current: string, { aim, change, oldMode, recorded }: FileWish): FileAim {
  if (recorded === undefined) return problem(`It is not recorded what ${place.file} was before the migration.`);
  if (!keepsOriginal(recorded)) {
    const mode = aim === 'target' ? change.mode : oldMode;
    if (mode === undefined) return problem(`It is not recorded what ${place.file} was before the migration.`);
    return textOf(editPlace(place, current, aim === 'target' ? change : { mode }));
  }
  const original = originalOf(place, current, recorded);
  if (original !== undefined) {
    const target = editPlace(place, original, change);
    if (target.kind === 'problem') return target;
    const isOurs = current === original || current === target.text;
    if (isOurs) return { kind: 'text', text: aim === 'original' ? original : target.text };
  }
  if (aim === 'original') return textOf(revertPlace(place, current, recorded, change));
  return problem(
    `${place.file} was changed by somebody else after the migration had recorded it; nothing was written. Whatever manages that file must leave it alone meanwhile; a retry begins with the file as it is then.`,
  );
}

function textOf(edit: ReturnType<typeof editPlace>): FileAim {
  return edit.kind === 'problem' ? edit : { kind: 'text', text: edit.text };
}

/**
 * What is recorded of a file before it is changed. A file that still has what an earlier attempt wrote keeps the original of
 * that attempt.
 */
export function fileToRecord(
  place: UnitPlace,
  file: { readonly text: string; readonly sha256: string },
  recorded: UnitFile | undefined,
  change: ConfigChange,
): UnitFile {
  const original = recorded?.file === place.file ? originalOf(place, file.text, recorded) : undefined;
  const before = original === undefined ? undefined : editPlace(place, original, change);
  if (recorded !== undefined && before?.kind === 'edit' && before.text === file.text) return recorded;
  return { unit: place.unit, file: place.file, sha256: file.sha256, ...keptOf(place, file.text) };
}
