// The switch of a systemd kube-proxy: its file is given the mode that is wanted now, then the unit is restarted. Repeating it
// changes nothing, wherever it was cut short before.
import type { Problem } from '../kubeproxy/problem.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { findUnit, type WantedUnit } from '../systemd/find-unit.ts';
import { readUnit } from '../systemd/read-unit.ts';
import type { Unreached } from '../systemd/run-script.ts';
import { switchUnit } from '../systemd/switch-unit.ts';
import type { UnitPlace } from '../systemd/unit-place.ts';
import { wishedText, type FileWish } from './unit-files.ts';

export type UnitOrder = {
  readonly node: string;
  /** Invocation that is to be replaced. */
  readonly uid: string;
  readonly wish: FileWish;
};

/** `again`: something changed in between; the next try finds out what. */
export type Replaced = { readonly kind: 'replaced' } | { readonly kind: 'again'; readonly message: string };

export async function replaceUnit(
  shell: NodeShell,
  wanted: WantedUnit,
  { uid, wish }: UnitOrder,
  signal: AbortSignal,
): Promise<Replaced | Unreached | Problem> {
  const place = await findUnit(shell, wanted, signal);
  if (place.kind !== 'place') return place;
  const moved = movedAway(place, wish, shell.node);
  if (moved !== undefined) return problem(moved);
  const seen = await readUnit(shell, place, signal);
  if (seen.kind !== 'unit') return seen;
  if (seen.file.kind === 'problem') return seen.file;
  const aim = wishedText(place, seen.file.text, wish);
  if (aim.kind === 'problem') return aim;
  // The process as it is now is not what is to be replaced: it may be a later one, which has read the old file.
  const { sha256 } = seen.file;
  const originalSha256 = wish.recorded?.sha256 ?? sha256;
  const what = { expectSha256: sha256, text: aim.text, originalSha256, invocation: uid };
  const result = await switchUnit(shell, place, what, signal);
  switch (result.kind) {
    case 'requested':
    case 'replaced':
      return { kind: 'replaced' };
    case 'busy':
      return { kind: 'again', message: `an earlier command is still at work on ${place.unit}` };
    case 'changed':
      return { kind: 'again', message: `somebody else has written ${place.file} at the same time` };
    case 'problem':
    case 'refused':
    case 'timedOut':
    case 'unreachable':
      return result;
  }
}

/** Which file decides may not change in mid-flight: the record of how it was would be that of another. */
function movedAway(place: UnitPlace, { recorded }: FileWish, node: string): string | undefined {
  if (recorded === undefined || (recorded.unit === place.unit && recorded.file === place.file)) return undefined;
  return `kube-proxy on node ${node} is ${place.unit} with ${place.file} now; when the migration began it was ${recorded.unit} with ${recorded.file}.`;
}
