// What becomes of one node in one pass: its next record, and what the world is asked to do or tell for it.
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import type { Reason } from '../api/reasons.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { Course } from './course.ts';
import type { Member, Phase } from './member.ts';
import type { PodFacts } from './observed.ts';
import { epoch, iso } from './time.ts';

export type Move = {
  readonly status: NodeMigrationStatus;
  /** Replace this pod, once the record that says so is stored. */
  readonly deletePod?: PodFacts;
  /** Keep asking this process. */
  readonly probe?: PodFacts;
  /** Fetch why this container ended. */
  readonly lastWords?: PodFacts;
  /** Look again at this time even if nothing happens. */
  readonly wake?: number;
};

const FINAL: ReadonlySet<Phase> = new Set(['Switched', 'FellBack', 'Failed', 'RolledBack', 'Stranded', 'Skipped']);

function isFinal(phase: Phase): boolean {
  return FINAL.has(phase);
}

/** The members as they are after these moves; those that stay are the same objects. */
export function moved(all: readonly Member[], moves: ReadonlyMap<string, Move>): Member[] {
  return all.map((member) => {
    const status = moves.get(member.name)?.status ?? member.status;
    return status === member.status ? member : { ...member, status };
  });
}

export function stay(member: Member): Move {
  return { status: member.status };
}

/** They stay, and their kube-proxies are asked. */
export function asking(members: readonly Member[]): Map<string, Move> {
  return new Map(
    members.map((member) => [
      member.name,
      { ...stay(member), ...(member.pod === undefined ? {} : { probe: member.pod }) },
    ]),
  );
}

/** What the later ones say counts; what they do not speak of stays. */
export function joined(moves: ReadonlyMap<string, Move>, later: ReadonlyMap<string, Move>): Map<string, Move> {
  const all = new Map(moves);
  for (const [name, move] of later) all.set(name, { ...all.get(name), ...move });
  return all;
}

export type Entry = {
  readonly reason: Reason;
  readonly message: string;
  readonly fields?: Partial<NodeMigrationStatus>;
};

/** The record of a node that enters `phase` now. Entering a phase of transit starts its clock, a final one stops it. */
export function enter(member: Member, course: Course, phase: Phase, entry: Entry): NodeMigrationStatus {
  const { finishedAt: _dropped, ...kept } = member.status;
  const stamp = isFinal(phase) ? { finishedAt: iso(course.now) } : {};
  const began = phase === 'Switching' || phase === 'Restoring' ? { startedAt: iso(course.now) } : {};
  return {
    ...kept,
    ...began,
    ...stamp,
    ...entry.fields,
    phase,
    attempt: course.attempt,
    reason: entry.reason,
    message: told(entry.message),
  };
}

/** The same phase with another message: written only when the words change. */
export function say(status: NodeMigrationStatus, message: string): NodeMigrationStatus {
  const words = told(message);
  return status.message === words ? status : { ...status, message: words };
}

/** What a node waits for is written down only when the wait (ms) is long enough for a person to wonder: each word is a request. */
const WORTH_TELLING = 10_000;

export function tellIfSlow({ status }: Member, { now }: Course, message: string): NodeMigrationStatus {
  const isSlow = status.startedAt !== undefined && now - epoch(status.startedAt) > WORTH_TELLING;
  return isSlow ? say(status, message) : status;
}

function told(message: string): string {
  return printable(message).slice(0, 1024);
}
