// Everything may be begun: the plan is shown, then what a rollback needs is stored, then every node's record, and only then
// the ConfigMap is edited.
import { PROXY_MODES } from '../api/fields.ts';
import type { MigrationStatus } from '../api/migration.ts';
import { diffText } from '../kubeproxy/config-diff.ts';
import type { Edit } from '../kubeproxy/config-edit.ts';
import { printable } from '../kubeproxy/printable.ts';
import { firstStatus, type Baseline } from './baseline.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import type { Member } from './member.ts';
import type { Move } from './move.ts';
import type { Observed } from './observed.ts';
import { compareNames, inOrder } from './order.ts';
import { where } from './stand.ts';
import { iso } from './time.ts';

const LARGEST_DIFF = 8192;
const FIRST_IN_ORDER = 50;

export type Ready = { readonly baselines: ReadonlyMap<string, Baseline>; readonly edit: Edit };

export function prepare(seen: Observed, all: readonly Member[], course: Course, { baselines, edit }: Ready): Step {
  const { spec } = seen.migration;
  const found = { kubeProxy: locationOf(seen), plan: planOf(seen, all, edit) };
  const summary = `${all.filter((member) => member.selected).length} node(s) to ${course.target}`;
  if (spec.dryRun) {
    const message = `plan for ${summary}: see status.plan; nothing was touched`;
    return { stand: { kind: 'done', phase: 'Planned', reason: 'DryRun', message }, fixed: found, moves: new Map() };
  }
  if (spec.paused) {
    const message = `ready to take ${summary}; spec.paused is set, nothing was touched`;
    return { stand: { kind: 'suspended', phase: 'Paused', reason: 'Paused', message }, fixed: found, moves: new Map() };
  }
  return { ...begin(seen, all, course, { baselines, edit, summary }), hold: true, again: 0 };
}

type Begin = Ready & { readonly summary: string };

/** The steps up to the edited ConfigMap, each of which is taken only when the one before is seen to be done. */
function begin(seen: Observed, all: readonly Member[], course: Course, { baselines, edit, summary }: Begin): Step {
  const { status } = seen.migration;
  const applied = edit.text === seen.configMap.text;
  const step = (doing: string, part: Partial<Step>): Step => {
    const message = `taking ${summary}: ${doing}`;
    const stand: Stand = { kind: 'progressing', phase: 'Progressing', reason: 'Progressing', message };
    return { stand, fixed: {}, moves: new Map(), ...part };
  };
  if (status.config === undefined || (!applied && status.config.original !== seen.configMap.text)) {
    const originalMode = status.config?.originalMode ?? oldMode(course, all, baselines);
    const config = { originalMode, original: seen.configMap.text };
    const beginning = { config, startedAt: status.startedAt ?? iso(course.now), attempt: status.attempt ?? 1 };
    const fixed = { kubeProxy: locationOf(seen), plan: planOf(seen, all, edit), ...beginning };
    return step("the ConfigMap's original is kept in the status", { fixed });
  }
  const moves = firstMoves(all, course, baselines);
  if (moves.size > 0) return step('recording what every node runs', { moves });
  const { resourceVersion } = seen.configMap;
  if (!applied) return step(`editing ${where(seen)}`, { edit: { text: edit.text, resourceVersion, why: 'switch' } });
  const config = { ...status.config, appliedAt: iso(course.now) };
  return step(`${where(seen)} says ${course.target}`, { fixed: { config } });
}

function locationOf({ kubeProxy }: Observed): NonNullable<MigrationStatus['kubeProxy']> {
  const { namespace, daemonSet, configMap, key } = kubeProxy;
  return { namespace, daemonSet, configMap, key };
}

function planOf(seen: Observed, all: readonly Member[], edit: Edit): NonNullable<MigrationStatus['plan']> {
  const chosen = new Set(all.filter((member) => member.selected).map((member) => member.name));
  const order = inOrder(
    seen.nodes.filter((node) => chosen.has(node.name)),
    seen.ownNode,
  ).map((node) => node.name);
  const diff = printable(diffText(seen.configMap.text, edit.text, seen.kubeProxy.key));
  const shown = diff.length > LARGEST_DIFF ? `${diff.slice(0, LARGEST_DIFF - 20)}\n… (cut)\n` : diff;
  return { diff: shown, order: order.slice(0, FIRST_IN_ORDER) };
}

/** What nodes go back to: the ConfigMap's mode, or what nodes really ran where it held the target mode already. */
function oldMode(course: Course, all: readonly Member[], baselines: ReadonlyMap<string, Baseline>): string {
  if (course.configMode !== course.target) return course.configMode;
  const modes = all.flatMap((member) => {
    const found = baselines.get(member.name);
    const mode = found?.kind === 'read' ? found.reading.mode : member.status.before?.mode;
    // Only what a ConfigMap may say: a node's answer must never become the cluster's configuration as it stands.
    const known = PROXY_MODES.find((one) => one === mode);
    return known === undefined || known === course.target ? [] : [known];
  });
  const often = (mode: string): number => modes.filter((other) => other === mode).length;
  return modes.toSorted((a, b) => often(b) - often(a) || compareNames(a, b))[0] ?? course.target;
}

/** Records that are missing, and those of nodes that were left out of an earlier attempt or read anew for this one. */
function firstMoves(
  all: readonly Member[],
  course: Course,
  baselines: ReadonlyMap<string, Baseline>,
): Map<string, Move> {
  const moves = new Map<string, Move>();
  for (const member of all) {
    const found = baselines.get(member.name);
    // A node that cannot be read yet gets its record when it can, or when its time is over (run.ts).
    if (found?.kind !== 'read') continue;
    moves.set(member.name, { status: firstStatus(member, course, found) });
  }
  return moves;
}
