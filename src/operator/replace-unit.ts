// The switch of a systemd kube-proxy: its file is given the mode that is wanted now, then the unit is restarted. Repeating it
// changes nothing, wherever it was cut short before.
import type { Problem } from '../kubeproxy/problem.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { findUnit, type WantedUnit } from '../systemd/find-unit.ts';
import { readUnit } from '../systemd/read-unit.ts';
import { restartUnit } from '../systemd/restart-unit.ts';
import type { Unreached } from '../systemd/run-script.ts';
import type { UnitPlace } from '../systemd/unit-place.ts';
import { writeConfig, type ConfigWrite } from '../systemd/write-config.ts';
import { wishedText, type FileWish } from './unit-files.ts';

/** A process that ends again and again may start anew just before its restart is asked for. */
const RESTARTS = 3;

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
  const isWritten = aim.text === seen.file.text;
  // Another process has started with this file since: an earlier try, Restart=, or a person.
  if (isWritten && seen.process.uid !== uid) return { kind: 'replaced' };
  const { sha256 } = seen.file;
  const write = { expectSha256: sha256, text: aim.text, originalSha256: wish.recorded?.sha256 ?? sha256 };
  const unwritten = isWritten ? undefined : await writeFile(shell, place, write, signal);
  return unwritten ?? restart(shell, place, seen.process.uid, signal);
}

/** undefined: it is written. */
async function writeFile(
  shell: NodeShell,
  place: UnitPlace,
  write: ConfigWrite,
  signal: AbortSignal,
): Promise<Replaced | Unreached | Problem | undefined> {
  const result = await writeConfig(shell, place, write, signal);
  switch (result.kind) {
    case 'written':
    case 'unchanged':
      return undefined;
    case 'busy':
      return { kind: 'again', message: `an earlier command still writes ${place.file}` };
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

async function restart(
  shell: NodeShell,
  place: UnitPlace,
  invocation: string,
  signal: AbortSignal,
): Promise<Replaced | Unreached | Problem> {
  let expectInvocation = invocation;
  for (let tries = 1; tries <= RESTARTS; tries++) {
    const result = await restartUnit(shell, place, { expectInvocation }, signal);
    if (result.kind === 'requested') return { kind: 'replaced' };
    if (result.kind !== 'replaced') return result;
    // It may have started before the file was written.
    expectInvocation = result.invocation;
  }
  return { kind: 'again', message: `${place.unit} starts again and again` };
}
