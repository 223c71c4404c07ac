// Where a migration stands once its ConfigMap has been edited, in the words a person reads in `kubectl get`.
import type { Course } from './course.ts';
import type { Stand } from './decision.ts';
import { takenBackLater, unavailable } from './fill.ts';
import { inTransit, isFailure, phaseOf, type Member } from './member.ts';
import type { Observed } from './observed.ts';
import { compareNames } from './order.ts';
import { isThird, refused, stalled, where } from './stand.ts';
import { count, failures } from './status.ts';

export function standing(seen: Observed, all: readonly Member[], course: Course): Stand {
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
  if (flying.length === 0 && nodes.pending === 0) return atTheEnd(all, course);
  const blind = flying.find((member) => member.probe?.error?.forbidden);
  if (blind !== undefined) return refused(blind.probe?.error?.message ?? 'kube-proxy may not be asked');
  const rest = `${nodes.switched} of ${nodes.total} switched to ${course.target}`;
  if (seen.migration.spec.paused) {
    const kind = flying.length === 0 ? 'suspended' : 'progressing';
    return { kind, phase: 'Paused', reason: 'Paused', message: `spec.paused is set; ${rest}${inWords(flying)}` };
  }
  const sick = unavailable(all, course);
  if (flying.length === 0 && sick.length > 0) {
    const names = sick.slice(0, 5).map((member) => member.name);
    const message = `${rest}; ${sick.length} NotReady node(s) use up rollout.maxUnavailable: ${names.join(', ')}; each for at most rollout.nodeTimeout`;
    return { kind: 'progressing', phase: 'Progressing', reason: 'WaitingForNodes', message };
  }
  return { kind: 'progressing', phase: 'Progressing', reason: 'Progressing', message: `${rest}${inWords(flying)}` };
}

/** What was not read is not believed: a node that was left out keeps the migration open until it is back, or gone. */
function atTheEnd(all: readonly Member[], course: Course): Stand {
  const message = doneMessage(all, course);
  const unread = all.some(({ status }) => status.reason === 'NodeNotReady' || status.reason === 'NoKubeProxyPod');
  if (!unread) return { kind: 'done', phase: 'Succeeded', reason: 'Succeeded', message };
  return stalled('NodesSkipped', `${message}; they are verified when they are back; or remove them from the cluster`);
}

const NAMED = 5;
const LONGEST = 400;

/** Strategy Assist: nothing is in our hands but the looking. */
export function assisting(seen: Observed, all: readonly Member[], course: Course): Stand {
  const nodes = count(all);
  const verified = `${nodes.switched} of ${nodes.total} node(s) run ${course.target}, verified`;
  const failed = failures(all);
  if (failed.length > 0) {
    const named = failed.slice(0, NAMED).map(({ node, message }) => `${node}: ${message.slice(0, LONGEST / 2)}`);
    const more = failed.length > named.length ? ` (and ${failed.length - named.length} more)` : '';
    const remedy = `put it right where the mode was changed, or change it back to ${course.oldMode}; each is verified again when its kube-proxy restarts`;
    return stalled('UpstreamChangeFailed', `${verified}; not so ${named.join('; ')}${more}; ${remedy}`);
  }
  const flying = all.filter(inTransit).toSorted((a, b) => compareNames(a.name, b.name));
  if (flying.length === 0 && nodes.pending === 0) return atTheEnd(all, course);
  const blind = all.find(({ probe }) => probe?.error?.forbidden === true);
  if (blind !== undefined) return refused(blind.probe?.error?.message ?? 'kube-proxy may not be asked');
  const message = `${verified}${inWords(flying)}; ${waitedFor(seen, all, course)}`;
  return { kind: 'progressing', phase: 'Progressing', reason: 'WaitingForUpstreamChange', message };
}

function waitedFor(seen: Observed, all: readonly Member[], course: Course): string {
  const waiting = all.filter((member) => phaseOf(member) === 'Pending' && member.node !== undefined);
  const names = waiting.map(({ name }) => name).toSorted(compareNames);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  if (course.configMode === course.target && names.length === 0) return `${where(seen)} says ${course.target}`;
  if (course.configMode === course.target)
    return `${where(seen)} says ${course.target}; waiting for kube-proxy to be restarted on ${names.slice(0, NAMED).join(', ')}${more}`;
  const { upstream } = seen.migration.status.plan ?? {};
  const { namespace, daemonSet } = seen.kubeProxy;
  const how =
    upstream?.replaceAll(/\s*\n\s*/g, ' ').slice(0, LONGEST) ??
    `make the change of status.plan.diff, then have the pods of DaemonSet ${namespace}/${daemonSet} replaced, one node after the other`;
  return `${where(seen)} says ${course.configMode} and is not written by this migration; waiting for somebody to change it: ${how}`;
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
  const left =
    skipped.length > 0
      ? `; skipped: ${skipped
          .slice(0, 5)
          .map((member) => `${member.name} (${member.status.reason})`)
          .join(', ')}`
      : '';
  const outside =
    out > 0 ? `; ${out} node(s) outside spec.nodeSelector keep their mode until their kube-proxy restarts` : '';
  return `${nodes.switched} of ${nodes.total} node(s) run ${course.target}, verified${left}${outside}`;
}

function goingBack(seen: Observed, all: readonly Member[], course: Course): Stand {
  const { spec, deleting } = seen.migration;
  const why = whyBack(seen, all);
  if (isThird(course)) return changedByOthers(seen, all, course);
  const flying = all.filter(inTransit);
  const blind = flying.find((member) => member.probe?.error?.forbidden);
  if (blind !== undefined) return refusedGoingBack(blind, why);
  const toGo = spec.onFailure === 'Rollback' ? takenBackLater(all).length : 0;
  const stopped = flying.length === 0 ? stoppedGoingBack(all, course, { why, toGo }) : undefined;
  if (stopped !== undefined) return stopped;
  if (flying.some(isFailure)) return rollingBack('GivingBack', `${why}; giving it ${course.oldMode} back`);
  const message = `${why}; ${count(all).rolledBack} back in ${course.oldMode}, ${toGo + flying.length} to go`;
  if (!spec.paused || deleting || flying.length > 0) return rollingBack(deleting ? 'Deleting' : 'RollingBack', message);
  return { kind: 'suspended', phase: 'Paused', reason: 'Paused', message: `spec.paused is set; ${message}` };
}

function refusedGoingBack({ name, probe }: Member, why: string): Stand {
  const { message, ...stand } = refused(probe?.error?.message ?? 'kube-proxy may not be asked');
  return { ...stand, phase: 'RollingBack', message: `${why}; whether node ${name} is back cannot be told: ${message}` };
}

function whyBack({ migration }: Observed, all: readonly Member[]): string {
  if (migration.deleting) return 'the migration was deleted';
  return migration.status.turnedBack?.because ?? because(all);
}

type WayBack = { readonly why: string; readonly toGo: number };

/** Nothing is in transit: either all is done, or a node needs a person. One that is only away waits until the rest is done. */
function stoppedGoingBack(all: readonly Member[], course: Course, { why, toGo }: WayBack): Stand | undefined {
  const stranded = all.filter((member) => phaseOf(member) === 'Stranded');
  const broken = stranded.find((member) => member.node?.ready === true);
  if (broken !== undefined) return forAPerson(broken);
  if (toGo > 0 || course.configMode !== course.oldMode) return undefined;
  return stranded[0] === undefined ? backAtEnd(all, course, why) : forAPerson(stranded[0]);
}

function rollingBack(reason: Stand['reason'], message: string): Stand {
  return { kind: 'progressing', phase: 'RollingBack', reason, message };
}

function forAPerson({ name, status }: Member): Stand {
  const remedy =
    status.reason === 'NodeNotReady' ? 'bring the node back, or remove it from the cluster' : 'repair kube-proxy there';
  const message = `node ${name}: ${status.message ?? ''}; ${remedy}, the rest follows by itself`;
  return { kind: 'stalled', phase: 'Failed', reason: 'NodeStranded', message };
}

export function because(all: readonly Member[]): string {
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
  return {
    kind: 'stalled',
    phase: 'RolledBack',
    reason: 'RolledBack',
    message: `${why}; every node is back in ${course.oldMode}; ${retry}`,
  };
}

export function changedByOthers(seen: Observed, all: readonly Member[], course: Course): Stand {
  const nodes = count(all);
  const who = seen.configMap.lastWriter ?? 'somebody';
  const found = `${who} set the mode in ${where(seen)} to ${course.configMode} while ${nodes.switched} of ${nodes.total} nodes had been switched to ${course.target}; no other node is touched`;
  if (seen.migration.deleting) {
    const way = `set it to ${course.oldMode} or ${course.target} again, and the nodes in transit are settled and the object goes by itself`;
    return stalled('ConfigMapChanged', `${found}. The migration is being deleted, which waits for that: ${way}`);
  }
  const remedy = isThird(course)
    ? `Set it to ${course.oldMode} (or ${course.target}) again, then annotate proxymode.dev/retry with a new value to go on`
    : 'Stop that writer, then annotate proxymode.dev/retry with a new value to go on';
  return stalled('ConfigMapChanged', `${found}. ${remedy}`);
}
