// What a node ran before anything was changed: read once from its kube-proxy and kept in its record.
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import type { Course } from './course.ts';
import { beforeOf, evidenceOf } from './evidence.ts';
import { inSync } from './readings.ts';
import { phaseOf, type Member } from './member.ts';
import { enter } from './move.ts';
import type { PodFacts, Reading } from './observed.ts';

/** Enough tries, over enough time, to call a node unreadable instead of slow. */
const TRIES = 5;
const PATIENCE = 15_000;

export type Baseline =
  | { readonly kind: 'read'; readonly reading: Reading }
  | { readonly kind: 'recorded' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'excused'; readonly why: 'NodeNotReady' | 'NoKubeProxyPod' }
  | { readonly kind: 'unreadable'; readonly message: string; readonly forbidden: boolean };

export function baseline(member: Member, course: Course): Baseline {
  if (member.status.before !== undefined || phaseOf(member) === 'Switched') return { kind: 'recorded' };
  if (member.node?.ready !== true) return { kind: 'excused', why: 'NodeNotReady' };
  if (member.pod === undefined) return { kind: 'excused', why: 'NoKubeProxyPod' };
  const reading = firstReading(member, course);
  return reading === undefined ? (unreadable(member, course.now) ?? { kind: 'reading' }) : { kind: 'read', reading };
}

/** One look will do, except for a node that is to be counted as switched because of it. */
function firstReading({ probe }: Member, course: Course): Reading | undefined {
  const run = probe?.readings ?? [];
  const last = run.at(-1);
  if (last === undefined || !inSync(last, [])) return undefined;
  return run.length >= (last.mode === course.target ? course.successes : 1) ? last : undefined;
}

function unreadable(member: Member, now: number): Baseline | undefined {
  const error = member.probe?.error;
  if (error === undefined) return undefined;
  if (error.forbidden) return { kind: 'unreadable', message: error.message, forbidden: true };
  if (error.tries < TRIES || now - error.since < PATIENCE) return undefined;
  return { kind: 'unreadable', message: `${member.name}: ${member.pod?.waiting ?? error.message}`, forbidden: false };
}

/** Of a systemd kube-proxy: what its file is before anything is changed. */
export function fileOf({ systemd }: PodFacts): Pick<NodeMigrationStatus, 'systemd'> {
  return systemd === undefined ? {} : { systemd };
}

/** The first record of a node: waiting for its turn, already where it shall go, or left out. */
export function firstStatus(member: Member, course: Course, found: Baseline): NodeMigrationStatus {
  if (found.kind !== 'read' || member.pod === undefined) return member.status;
  const { pod } = member;
  const { mode } = found.reading;
  const fields = { before: beforeOf(pod, found.reading), mode, ...fileOf(pod) };
  if (!member.selected) {
    const message = `runs ${mode}; outside spec.nodeSelector, watched because it shares the ConfigMap`;
    return enter(member, course, 'Skipped', {
      reason: 'NotSelected',
      message,
      fields: { ...fields, result: 'Skipped' },
    });
  }
  if (mode === course.target) {
    const message = `ran ${mode} before the migration began`;
    const evidence = evidenceOf(pod, member.probe?.readings ?? []);
    return enter(member, course, 'Switched', {
      reason: 'AlreadyInMode',
      message,
      fields: { ...fields, result: 'Switched', evidence },
    });
  }
  return enter(member, course, 'Pending', {
    reason: 'Waiting',
    message: `runs ${mode}; not touched`,
    fields,
  });
}
