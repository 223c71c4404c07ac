// From the edited ConfigMap to the end: nodes in transit go on, then free slots are filled, forward or back.
import { editConfig } from '../kubeproxy/config-edit.ts';
import { readConfig } from '../kubeproxy/config-read.ts';
import { revertConfig } from '../kubeproxy/config-revert.ts';
import { advance } from './advance.ts';
import { adopt } from './baseline.ts';
import type { Course } from './course.ts';
import type { ConfigMapEdit, Stand } from './decision.ts';
import { humanDuration } from './duration.ts';
import { backward, forward, takenBackLater, unavailable } from './fill.ts';
import { inTransit, phaseOf, type Member } from './member.ts';
import { stay, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { compareNames } from './order.ts';
import { changeOf, stalled, where, type Step } from './start.ts';
import { count, failures } from './status.ts';
import { epoch, iso } from './time.ts';

export function run(seen: Observed, all: readonly Member[], course: Course): Step {
  const moves = new Map(all.map((member) => [member.name, step(member, course)]));
  const now = all.map((member) => ({ ...member, status: moves.get(member.name)?.status ?? member.status }));
  for (const [name, move] of fill(seen, now, course)) moves.set(name, move);
  const then = all.map((member) => ({ ...member, status: moves.get(member.name)?.status ?? member.status }));
  const back = then.some(isFailure) || seen.migration.deleting;
  const edit = back && course.configMode === course.target ? restore(seen, course) : undefined;
  if (edit?.kind === 'problem') return { stand: stalled('ConfigUnparsable', `${where(seen)}: ${edit.message}`), fixed: {}, moves };
  const stand = standing(seen, then, { ...course, direction: back ? 'back' : course.direction });
  return {
    stand,
    fixed: ended(seen, stand),
    moves,
    hold: true,
    ...(edit === undefined ? {} : { edit: edit.edit }),
    ...(back && course.direction !== 'back' ? { again: 0 } : {}),
  };
}

/** A node that did not switch in this attempt: from then on the migration goes back. */
export function isFailure({ status }: Member): boolean {
  return status.result === 'FellBack' || status.result === 'Failed' || status.phase === 'Stranded';
}

function step(member: Member, course: Course): Move {
  if (!member.recorded && member.node !== undefined) return course.configMode === course.target ? adopt(member, course) : stay(member);
  return absent(member, course) ?? advance(member, course);
}

/** A node that waits without a kube-proxy pod gets as long as any other step before it is left out. */
function absent(member: Member, course: Course): Move | undefined {
  if (phaseOf(member) !== 'Pending' || member.node === undefined) return undefined;
  const sick = !member.node.ready;
  if (member.pod !== undefined && !sick) return undefined;
  const since = sick ? member.node.readyChangedAt : epoch(member.status.startedAt ?? iso(course.now));
  const until = since + course.timeout;
  if (course.now < until) {
    const status = sick || member.status.startedAt !== undefined ? member.status : { ...member.status, startedAt: iso(course.now) };
    return { status, wake: until };
  }
  const reason = sick ? 'NodeNotReady' : 'NoKubeProxyPod';
  const message = sick ? `the node has been NotReady for ${humanDuration(course.now - since)}` : 'no kube-proxy pod runs on the node';
  return { status: { ...member.status, phase: 'Skipped', result: 'Skipped', reason, message, attempt: course.attempt, finishedAt: iso(course.now) } };
}

function fill(seen: Observed, all: readonly Member[], course: Course): Map<string, Move> {
  const { spec, deleting } = seen.migration;
  if (spec.paused && !deleting) return new Map();
  if (course.direction === 'forward' && !all.some(isFailure)) return forward(seen, all, course);
  const settled = all.every((member) => !isFailure(member) || !inTransit(member)) && !all.some(isStranded);
  const wanted = spec.onFailure === 'Rollback' && course.direction === 'back' && course.configMode !== course.target;
  return wanted && settled ? backward(seen, all, course) : new Map();
}

function isStranded(member: Member): boolean {
  return phaseOf(member) === 'Stranded';
}

type Restoration = { readonly kind: 'edit'; readonly edit: ConfigMapEdit } | { readonly kind: 'problem'; readonly message: string };

/** The original bytes; or, where somebody else edited other fields meanwhile, only our own changes taken out again. */
function restore(seen: Observed, course: Course): Restoration | undefined {
  const { config } = seen.migration.status;
  if (config === undefined || course.oldMode === course.target) return undefined;
  const { text: current, resourceVersion } = seen.configMap;
  const original = readConfig(config.original);
  const heldTarget = original.kind === 'config' && original.mode === course.target;
  const result = heldTarget
    ? editConfig(current, { mode: course.oldMode as Course['target'] })
    : revertConfig(current, config.original, changeOf(seen));
  if (result.kind === 'problem') return result;
  return { kind: 'edit', edit: { text: result.text, resourceVersion, why: 'restore' } };
}

function standing(seen: Observed, all: readonly Member[], course: Course): Stand {
  switch (course.direction) {
    case 'forward':
      return goingForward(seen, all, course);
    case 'back':
      return goingBack(seen, all, course);
    case 'halted':
      return changedByOthers(seen, all, course);
  }
}

function goingForward(seen: Observed, all: readonly Member[], course: Course): Stand {
  const nodes = count(all);
  const flying = all.filter(inTransit).toSorted((a, b) => compareNames(a.name, b.name));
  if (flying.length === 0 && nodes.pending === 0) {
    return { kind: 'done', phase: 'Succeeded', reason: 'Succeeded', message: doneMessage(all, course) };
  }
  const rest = `${nodes.switched} of ${nodes.total} switched to ${course.target}`;
  if (seen.migration.spec.paused) {
    const kind = flying.length === 0 ? 'suspended' : 'progressing';
    return { kind, phase: 'Paused', reason: 'Paused', message: `spec.paused is set; ${rest}${inWords(flying)}` };
  }
  const sick = unavailable(all);
  if (flying.length === 0 && sick.length > 0) {
    const names = sick.slice(0, 5).map((member) => member.name);
    const message = `${rest}; ${sick.length} NotReady node(s) use up rollout.maxUnavailable: ${names.join(', ')}; they are left out after rollout.nodeTimeout`;
    return { kind: 'progressing', phase: 'Progressing', reason: 'WaitingForNodes', message };
  }
  return { kind: 'progressing', phase: 'Progressing', reason: 'Progressing', message: `${rest}${inWords(flying)}` };
}

function inWords(flying: readonly Member[]): string {
  const first = flying[0];
  if (first === undefined) return '';
  const more = flying.length > 1 ? ` (and ${flying.length - 1} more in transit)` : '';
  return `; ${first.name}: ${first.status.message ?? ''}${more}`;
}

function doneMessage(all: readonly Member[], course: Course): string {
  const nodes = count(all);
  const skipped = all.filter((member) => phaseOf(member) === 'Skipped' && member.status.reason !== 'NotSelected');
  const out = all.filter((member) => member.status.reason === 'NotSelected').length;
  const left = skipped.length > 0 ? `; skipped: ${skipped.slice(0, 5).map((member) => `${member.name} (${member.status.reason})`).join(', ')}` : '';
  const outside = out > 0 ? `; ${out} node(s) outside spec.nodeSelector keep their mode until their kube-proxy restarts` : '';
  return `${nodes.switched} of ${nodes.total} node(s) run ${course.target}, verified${left}${outside}`;
}

function goingBack(seen: Observed, all: readonly Member[], course: Course): Stand {
  const { spec, deleting } = seen.migration;
  const why = deleting ? 'the migration was deleted' : because(all);
  const stranded = all.filter(isStranded);
  const flying = all.filter(inTransit);
  if (stranded.length > 0 && flying.length === 0) {
    const first = stranded[0];
    const message = `node ${first?.name ?? ''} ${first?.status.message ?? ''}; repair kube-proxy there, the rest follows by itself`;
    return { kind: 'stalled', phase: 'Failed', reason: 'NodeStranded', message };
  }
  const toGo = spec.onFailure === 'Rollback' ? takenBackLater(all).length : 0;
  const nodes = count(all);
  if (flying.length === 0 && toGo === 0 && course.configMode !== course.target) return backAtEnd(all, course, why);
  if (flying.some(isFailure)) return { kind: 'progressing', phase: 'RollingBack', reason: 'GivingBack', message: `${why}; giving it ${course.oldMode} back` };
  const message = `${why}; ${nodes.rolledBack} back in ${course.oldMode}, ${toGo + flying.length} to go`;
  const suspended = spec.paused && !deleting && flying.length === 0;
  if (suspended) return { kind: 'suspended', phase: 'Paused', reason: 'Paused', message: `spec.paused is set; ${message}` };
  return { kind: 'progressing', phase: 'RollingBack', reason: deleting ? 'Deleting' : 'RollingBack', message };
}

function because(all: readonly Member[]): string {
  const failed = failures(all);
  const first = failed[0];
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  return `node ${first?.node ?? ''}${more} did not switch: ${first?.message ?? ''}`;
}

function backAtEnd(all: readonly Member[], course: Course, why: string): Stand {
  const left = takenBackLater(all).length;
  const retry = 'see the NodeMigrations, then annotate proxymode.dev/retry with a new value to try again';
  if (left > 0) {
    const message = `${why}; the ConfigMap says ${course.oldMode} again, ${left} node(s) still run ${course.target}; ${retry}, or set onFailure: Rollback to take them back`;
    return { kind: 'stalled', phase: 'Failed', reason: 'NodeFailed', message };
  }
  return { kind: 'stalled', phase: 'RolledBack', reason: 'RolledBack', message: `${why}; every node is back in ${course.oldMode}; ${retry}` };
}

function changedByOthers(seen: Observed, all: readonly Member[], course: Course): Stand {
  const nodes = count(all);
  const who = seen.configMap.lastWriter === undefined ? 'somebody' : `${seen.configMap.lastWriter}`;
  const message = `${who} set the mode in ${where(seen)} to ${course.configMode} while ${nodes.switched} of ${nodes.total} nodes had been switched to ${course.target}; no other node is touched. Stop that writer, then annotate proxymode.dev/retry with a new value to go on`;
  return stalled('ConfigMapChanged', message);
}

/** The original bytes are dropped once nobody can want them back. */
function ended(seen: Observed, stand: Stand): Step['fixed'] {
  if (stand.phase === 'Succeeded' || stand.phase === 'RolledBack') return { finishedAt: iso(seen.now), config: undefined };
  return stand.reason === 'NodeFailed' ? { finishedAt: iso(seen.now) } : { finishedAt: undefined };
}
