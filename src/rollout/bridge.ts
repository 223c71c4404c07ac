// The bridge of a node: rules of our own that serve its Services while kube-proxy has taken the old ones away and not written the
// new ones yet (src/bridge). It is up before the node's kube-proxy is replaced, on the way there and on the way back, is kept up
// while the node is in transit, and is taken down when the node is verified in either mode. Recorded before it is built, so that
// whoever comes after a crash takes it down.
import { PROXY_MODES } from '../api/fields.ts';
import type { NodeBridge, NodeMigrationStatus } from '../api/node-migration.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import { inTransit, phaseOf, type Member } from './member.ts';
import { say, stay, type Move } from './move.ts';
import type { NodeTask, TaskResult } from './node-task.ts';
import type { Observed } from './observed.ts';
import { stalled } from './stand.ts';
import { epoch, iso } from './time.ts';

/** It follows the endpoints so often (ms), and is told to go on serving. */
const REFRESH = 45_000;
/** One that was not refreshed for so long (ms) is not counted on: it ends by itself after five minutes (operator/bridges.ts). */
const FRESH = 120_000;
/** After a failure it is tried again after so long (ms). */
const AGAIN = 60_000;
const NAMED = 3;

type One = {
  readonly name: string;
  readonly move?: Move;
  readonly task?: NodeTask;
  /** Milliseconds. */
  readonly again?: number;
  /** The migration must not end before. */
  readonly isOpen?: boolean;
  /** Why a node that must have a bridge does not get its turn. */
  readonly problem?: string;
};

/** The step, with nodes held back that have no bridge yet, and with what is to be done about bridges. */
export function withBridges(seen: Observed, all: readonly Member[], course: Course, driven: Step): Step {
  const ones = all.flatMap((member): One[] => {
    const move = driven.moves.get(member.name) ?? stay(member);
    const isConcerned = move.status.bridge !== undefined || move.deletePod !== undefined;
    return isConcerned && member.node !== undefined ? [bridgeOf(member, move, seen, course)] : [];
  });
  if (ones.length === 0) return driven;
  const moves = new Map(driven.moves);
  for (const { name, move } of ones) if (move !== undefined) moves.set(name, move);
  const times = [driven.again, ...ones.map((one) => one.again)].filter((time) => time !== undefined);
  return {
    ...driven,
    stand: standingOf(driven.stand, ones),
    moves,
    tasks: [...(driven.tasks ?? []), ...ones.flatMap(({ task }) => task ?? [])],
    ...(times.length === 0 ? {} : { again: Math.min(...times) }),
  };
}

function standingOf(stand: Stand, ones: readonly One[]): Stand {
  const blocked = ones.find(({ problem }) => problem !== undefined);
  if (blocked !== undefined) {
    const remedy = 'it keeps its kube-proxy until it has a bridge (rollout.bridge is Always); tried again every minute';
    return stalled('PreparationFailed', `node ${blocked.name}: ${blocked.problem}; ${remedy}`);
  }
  const open = ones.filter(({ isOpen }) => isOpen === true).map(({ name }) => name);
  const isOver = stand.phase === 'Succeeded' || stand.phase === 'RolledBack' || stand.reason === 'NodeFailed';
  if (open.length === 0 || !isOver) return stand;
  const more = open.length > NAMED ? ` and ${open.length - NAMED} more` : '';
  const message = `${stand.message}; taking down the bridge of ${open.slice(0, NAMED).join(', ')}${more}`;
  const phase = stand.phase === 'Succeeded' ? 'Progressing' : 'RollingBack';
  return { kind: 'progressing', phase, reason: 'TidyingUp', message };
}

function bridgeOf(member: Member, move: Move, seen: Observed, course: Course): One {
  const next = { ...member, status: move.status };
  if (move.deletePod !== undefined) {
    return isWanted(seen) ? before(member, move, seen, course) : { name: member.name };
  }
  const isNeeded = inTransit(next) || phaseOf(next) === 'Stranded';
  if (!isStanding(move.status.bridge)) return { name: member.name };
  return isNeeded ? keptUp(next, move, seen, course) : takenDown(next, move, seen, course);
}

function isWanted({ migration: { spec } }: Observed): boolean {
  const { bridge = 'Never' } = spec.rollout;
  return bridge !== 'Never' && spec.nodeAccess.type !== 'None';
}

/** It may be there: it is recorded, and neither seen to be gone nor given up. */
function isStanding(bridge: NodeBridge | undefined): bridge is NodeBridge {
  return bridge !== undefined && bridge.downAt === undefined;
}

/** The kube-proxy is to be replaced: not before the bridge is up, or cannot be had. */
function before(member: Member, move: Move, seen: Observed, course: Course): One {
  const { name } = member;
  const { deletePod: _later, ...held } = move;
  const { bridge } = move.status;
  if (!isStanding(bridge) || bridge.leftAt !== undefined) {
    const status = { ...move.status, bridge: { wantedAt: iso(course.now) } };
    return { name, move: { ...held, status }, again: 0 };
  }
  if (bridge.problem !== undefined) return { name };
  const task = raising(member, bridge, seen, course);
  const result = seen.task(task);
  if (result === undefined || result.at < course.now - FRESH) return { name, move: held, task };
  if (result.kind === 'done') {
    return { name, move: { ...move, status: covered(move.status, bridge, result) }, task };
  }
  const problem = `no bridge: ${result.problem}`;
  // The way back is never held up: the node may be dark already.
  const mustHave = seen.migration.spec.rollout.bridge === 'Always' && course.direction === 'forward';
  if (!mustHave) {
    const without = { ...bridge, problem: told(problem) };
    return { name, move: { ...move, status: { ...move.status, bridge: without } } };
  }
  const status = say(move.status, `not touched: ${problem}`);
  const retried = { ...task, since: Math.max(0, course.now - AGAIN) };
  return { name, move: { ...held, status }, task: retried, again: AGAIN, problem };
}

/** The node's time begins now: however long the bridge took, or whoever was to build it was away, is not its fault. */
function covered(status: NodeMigrationStatus, bridge: NodeBridge, { at }: TaskResult): NodeMigrationStatus {
  const isKnown = bridge.upAt !== undefined && at - epoch(bridge.upAt) < FRESH;
  return isKnown ? status : { ...status, startedAt: iso(at), bridge: { ...bridge, upAt: iso(at) } };
}

/** While it is needed; what fails is tried again with the next refresh. */
function keptUp(next: Member, move: Move, seen: Observed, course: Course): One {
  const { name, node } = next;
  const { bridge } = move.status;
  if (!isStanding(bridge) || bridge.upAt === undefined || node?.ready !== true) return { name };
  return { name, task: raising(next, bridge, seen, course), again: REFRESH };
}

function raising(member: Member, bridge: NodeBridge, seen: Observed, course: Course): NodeTask {
  const { name, status } = member;
  const { config } = seen.migration.status;
  const ran = status.before?.mode ?? course.oldMode;
  return {
    id: `bridge/${name}/${bridge.wantedAt}`,
    kind: 'bridge',
    node: name,
    since: Math.max(0, course.now - REFRESH),
    mode: PROXY_MODES.find((mode) => mode === ran) ?? 'iptables',
    config: status.systemd?.original ?? config?.original ?? seen.configMap.text,
  };
}

function takenDown(next: Member, move: Move, seen: Observed, course: Course): One {
  const { name, node } = next;
  const { bridge } = move.status;
  if (!isStanding(bridge)) return { name };
  // What cannot be reached has a bridge that has ended by itself.
  if (node?.ready !== true) return { name };
  const task: NodeTask = { id: `unbridge/${name}/${bridge.wantedAt}`, kind: 'unbridge', node: name, since: 0 };
  const result = seen.task(task);
  if (result === undefined) return { name, task, isOpen: bridge.leftAt === undefined };
  if (result.kind === 'done') return moving(next, move, { ...withoutLeft(bridge), downAt: iso(result.at) });
  const again = { ...task, since: Math.max(0, course.now - AGAIN) };
  if (bridge.leftAt !== undefined) return { name, task: again, again: AGAIN };
  const problem = told(`could not be taken down: ${result.problem}`);
  return { ...moving(next, move, { ...bridge, problem, leftAt: iso(course.now) }), task: again, again: AGAIN };
}

function withoutLeft({ leftAt, problem, ...bridge }: NodeBridge): NodeBridge {
  return leftAt === undefined && problem !== undefined ? { ...bridge, problem } : bridge;
}

function moving({ name }: Member, move: Move, bridge: NodeBridge): One {
  return { name, move: { ...move, status: { ...move.status, bridge } }, again: 0, isOpen: true };
}

function told(problem: string): string {
  return printable(problem).slice(0, 512);
}
