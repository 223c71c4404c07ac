// From the first look to the edited ConfigMap. Nothing is touched before every node that shares the ConfigMap has been
// read; what a rollback needs is stored before the edit; each step is recognised by looking, so that a crash between any
// two of them only repeats what had no effect.
import type { MigrationStatus } from '../api/migration.ts';
import { diffText } from '../kubeproxy/config-diff.ts';
import { editConfig, type Edit } from '../kubeproxy/config-edit.ts';
import { supportsMode } from '../kubeproxy/versions.ts';
import { baseline, firstStatus, type Baseline } from './baseline.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import type { Member } from './member.ts';
import { stay, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { compareNames, inOrder } from './order.ts';
import { changeOf, stalled, where } from './stand.ts';
import { iso } from './time.ts';

/** Enough for any real configuration; the status must stay below 50 kB. */
const LARGEST_CONFIG = 24_576;
const LARGEST_DIFF = 8192;
const FIRST_IN_ORDER = 50;

type Ready = { readonly baselines: ReadonlyMap<string, Baseline>; readonly edit: Edit };

export function start(seen: Observed, all: readonly Member[], course: Course): Step {
  const baselines = new Map(all.map((member) => [member.name, baseline(member, course)]));
  const refusal = refuse(seen, all, course);
  if (refusal !== undefined) return only(refusal);
  const unfinished = readNodes(all, baselines);
  if (unfinished !== undefined) return { ...only(unfinished), moves: askAll(all, baselines) };
  const edit = editConfig(seen.configMap.text, changeOf(seen));
  if (edit.kind === 'problem') return only(stalled('ConfigUnparsable', `${where(seen)}: ${edit.message}`));
  const unable = versions(seen, all, baselines);
  if (unable !== undefined) return only(stalled('ModeUnsupported', unable));
  return prepared(seen, all, course, { baselines, edit });
}

function only(stand: Stand): Step {
  return { stand, fixed: {}, moves: new Map(), again: 30_000 };
}

function refuse(seen: Observed, all: readonly Member[], course: Course): Stand | undefined {
  if (seen.rival !== undefined) {
    const message = `ProxyModeMigration ${seen.rival} works on the same kube-proxy; wait until it is finished, or delete it`;
    return stalled('Conflict', message);
  }
  if (!all.some((member) => member.selected)) {
    const message = `no node with a kube-proxy pod of DaemonSet ${seen.kubeProxy.namespace}/${seen.kubeProxy.daemonSet} matches spec.nodeSelector; correct the selector`;
    return stalled('NoNodesSelected', message);
  }
  if (seen.configMap.text.length > LARGEST_CONFIG) {
    return stalled(
      'ConfigTooLarge',
      `${where(seen)} has ${seen.configMap.text.length} characters; at most ${LARGEST_CONFIG} can be remembered`,
    );
  }
  if (seen.daemonSetRolling) {
    const message = `DaemonSet ${seen.kubeProxy.namespace}/${seen.kubeProxy.daemonSet} is being rolled out; waiting for its end before ${course.target} is prepared`;
    return { kind: 'progressing', phase: 'Pending', reason: 'WaitingForDaemonSet', message };
  }
  return undefined;
}

function readNodes(all: readonly Member[], baselines: ReadonlyMap<string, Baseline>): Stand | undefined {
  const found = [...baselines.values()];
  const bad = found.filter((one) => one.kind === 'unreadable');
  const forbidden = bad.find((one) => one.forbidden);
  if (forbidden !== undefined) return stalled('Forbidden', forbidden.message);
  if (bad.length > 0) {
    const list = bad.slice(0, 3).map((one) => one.message);
    const more = bad.length > list.length ? ` and ${bad.length - list.length} more` : '';
    return stalled(
      'NodesUnreadable',
      `nothing was changed, because /proxyMode of ${bad.length} Ready node(s) could not be read: ${list.join('; ')}${more}`,
    );
  }
  const missing = found.filter((one) => one.kind === 'reading').length;
  if (missing === 0) return undefined;
  const message = `reading the mode of every node: ${all.length - missing} of ${all.length}`;
  return { kind: 'progressing', phase: 'Pending', reason: 'Planning', message };
}

function askAll(all: readonly Member[], baselines: ReadonlyMap<string, Baseline>): Map<string, Move> {
  const open = all.filter(({ name }) => ['reading', 'unreadable'].includes(baselines.get(name)?.kind ?? ''));
  return new Map(
    open.map((member) => [
      member.name,
      { ...stay(member), ...(member.pod === undefined ? {} : { probe: member.pod }) },
    ]),
  );
}

function versionOf(member: Member, found: Baseline | undefined): string | undefined {
  return found?.kind === 'read' ? found.reading.version : member.status.before?.version;
}

function versions(
  seen: Observed,
  all: readonly Member[],
  baselines: ReadonlyMap<string, Baseline>,
): string | undefined {
  const unable = all.flatMap((member) => {
    const version = versionOf(member, baselines.get(member.name));
    const why = version === undefined ? undefined : supportsMode(seen.migration.spec.mode, version, seen.featureGates);
    return why === undefined ? [] : [{ name: member.name, why }];
  });
  const first = unable.toSorted((a, b) => compareNames(a.name, b.name))[0];
  if (first === undefined) return undefined;
  const others = unable.length > 1 ? ` (and ${unable.length - 1} more)` : '';
  return `node ${first.name}${others}: ${first.why}; upgrade kube-proxy or choose another mode`;
}

function prepared(seen: Observed, all: readonly Member[], course: Course, { baselines, edit }: Ready): Step {
  const { spec, status } = seen.migration;
  const plan = planOf(seen, all, edit);
  const found = { kubeProxy: locationOf(seen), plan };
  const summary = `${plan.order.length === 0 ? 0 : all.filter((member) => member.selected).length} node(s) to ${course.target}`;
  if (spec.dryRun) {
    const message = `plan for ${summary}: see status.plan; nothing was touched`;
    return { ...only({ kind: 'done', phase: 'Planned', reason: 'DryRun', message }), fixed: found };
  }
  if (spec.paused) {
    const message = `ready to take ${summary}; spec.paused is set, nothing was touched`;
    return { ...only({ kind: 'suspended', phase: 'Paused', reason: 'Paused', message }), fixed: found };
  }
  const applied = edit.text === seen.configMap.text;
  const stand = (message: string): Stand => ({
    kind: 'progressing',
    phase: 'Progressing',
    reason: 'Progressing',
    message,
  });
  const next = { fixed: {}, moves: new Map<string, Move>(), hold: true, again: 0 };
  if (status.config === undefined || (!applied && status.config.original !== seen.configMap.text)) {
    const config = { originalMode: oldMode(course, all, baselines), original: seen.configMap.text };
    const fixed = { ...found, config, startedAt: status.startedAt ?? iso(course.now), attempt: status.attempt ?? 1 };
    return { ...next, stand: stand(`taking ${summary}: the ConfigMap's original is kept in the status`), fixed };
  }
  const moves = firstMoves(all, course, baselines);
  if (moves.size > 0) return { ...next, stand: stand(`taking ${summary}: recording what every node runs`), moves };
  if (!applied) {
    const { resourceVersion } = seen.configMap;
    return {
      ...next,
      stand: stand(`taking ${summary}: editing ${where(seen)}`),
      edit: { text: edit.text, resourceVersion, why: 'switch' },
    };
  }
  const config = { ...status.config, appliedAt: iso(course.now) };
  return { ...next, stand: stand(`taking ${summary}: ${where(seen)} says ${course.target}`), fixed: { config } };
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
  const diff = diffText(seen.configMap.text, edit.text, seen.kubeProxy.key);
  const shown = diff.length > LARGEST_DIFF ? `${diff.slice(0, LARGEST_DIFF - 20)}\n… (cut)\n` : diff;
  return { diff: shown, order: order.slice(0, FIRST_IN_ORDER) };
}

/** What nodes go back to: the ConfigMap's mode, or what nodes really ran where it held the target mode already. */
function oldMode(course: Course, all: readonly Member[], baselines: ReadonlyMap<string, Baseline>): string {
  if (course.configMode !== course.target) return course.configMode;
  const modes = all.flatMap((member) => {
    const found = baselines.get(member.name);
    const mode = found?.kind === 'read' ? found.reading.mode : member.status.before?.mode;
    return mode === undefined || mode === course.target ? [] : [mode];
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
    if (
      found === undefined ||
      found.kind === 'recorded' ||
      (found.kind === 'excused' && member.status.phase === 'Skipped')
    )
      continue;
    moves.set(member.name, { status: firstStatus(member, course, found) });
  }
  return moves;
}
