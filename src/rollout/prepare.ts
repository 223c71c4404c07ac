// Everything may be begun: the plan is shown, then what a rollback needs is stored, then every node's record, and only then
// the ConfigMap is edited.
import { PROXY_MODES } from '../api/fields.ts';
import type { MigrationStatus } from '../api/migration.ts';
import { diffText } from '../kubeproxy/config-diff.ts';
import type { Edit } from '../kubeproxy/config-edit.ts';
import { printable } from '../kubeproxy/printable.ts';
import { firstStatus, type Baseline } from './baseline.ts';
import { findings, heldBack, questionOf, summary, untouched, withFindings } from './check.ts';
import { isAssist, OWNER_RULES } from './assist-spec.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import { asStep, inWords, makeReady, named } from './make-ready.ts';
import { phaseOf, type Member } from './member.ts';
import { moved, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { compareNames, inOrder } from './order.ts';
import { changedByOthers } from './standing.ts';
import { where } from './stand.ts';
import type { Done } from './survey.ts';
import { iso } from './time.ts';
import { tryOut } from './trial.ts';
import { withTrialRules } from './trial-finding.ts';

const LARGEST_DIFF = 8192;
const FIRST_IN_ORDER = 50;
/** Who takes the edit back before it could be seen is tried once more, not fought. */
const MOST_TRIES = 2;
const LATER = 30_000;

type ConfigEdit = NonNullable<NonNullable<MigrationStatus['config']>['edit']>;

export type Ready = {
  readonly baselines: ReadonlyMap<string, Baseline>;
  readonly edit: Edit;
  readonly survey: Done;
};

export function prepare(seen: Observed, all: readonly Member[], course: Course, ready: Ready): Step {
  const { spec } = seen.migration;
  const { survey } = ready;
  const wish = { question: questionOf(seen.migration), since: 0 };
  const found = { kubeProxy: locationOf(seen), plan: planOf(seen, all, ready), preflight: summary(survey) };
  const moves = findings(all, course, survey);
  const what = `${all.filter((member) => member.selected).length} node(s) to ${course.target}`;
  if (spec.dryRun) {
    const message = `plan for ${what}: see status.plan; ${untouched(all)}`;
    return { stand: { kind: 'done', phase: 'Planned', reason: 'DryRun', message }, fixed: found, moves, survey: wish };
  }
  if (spec.paused) {
    const message = `ready to take ${what}; spec.paused is set, ${untouched(all)}`;
    return {
      stand: { kind: 'suspended', phase: 'Paused', reason: 'Paused', message },
      fixed: found,
      moves,
      survey: wish,
    };
  }
  const begun = begin(seen, all, course, { ...ready, summary: what });
  // Strategy Assist changes nothing, so that nothing has to be put back before it may be deleted.
  return { survey: wish, ...begun, hold: !isAssist(spec) };
}

type Begin = Ready & { readonly summary: string };

/** The steps up to the edited ConfigMap, each of which is taken only when the one before is seen to be done. */
function begin(seen: Observed, all: readonly Member[], course: Course, ready: Begin): Step {
  const { edit, survey } = ready;
  const { status } = seen.migration;
  const applied = edit.text === seen.configMap.text;
  const step = (doing: string, part: Partial<Step>): Step => {
    const message = `taking ${ready.summary}: ${doing}`;
    const stand: Stand = { kind: 'progressing', phase: 'Progressing', reason: 'Progressing', message };
    return { stand, fixed: {}, moves: new Map(), again: 0, ...part };
  };
  if (status.config === undefined || (!applied && status.config.original !== seen.configMap.text))
    return step("the ConfigMap's original is kept in the status", { fixed: kept(seen, all, course, ready) });
  const news = newAnswer(seen, all, ready);
  if (news !== undefined) return step('what the preflight found is kept in the status', { fixed: news });
  const moves = firstMoves(all, course, ready);
  if (moves.size > 0) return step('recording what every node runs', { moves });
  const work = makeReady(seen, all, course, survey);
  if (work.moves.size + work.open.length > 0) return step(`making nodes ready: ${inWords(work)}`, asStep(work));
  // Under an edited ConfigMap each node is tried before its own turn (run.ts).
  const tried = applied ? undefined : tryAll(seen, all, ready);
  if (tried !== undefined) return step(tried.doing, tried.part);
  const { edit: before, ...config } = status.config;
  if (applied) {
    const fixed = { config: { ...config, appliedAt: iso(course.now) } };
    return step(`${where(seen)} says ${course.target}`, { fixed });
  }
  const { resourceVersion } = seen.configMap;
  const edited = { resourceVersion, tries: triesOf(before, resourceVersion) };
  const stand = edited.tries > MOST_TRIES ? changedByOthers(seen, all, course) : undefined;
  if (stand !== undefined) return { stand, fixed: {}, moves: new Map(), again: LATER };
  return step(`editing ${where(seen)}`, {
    fixed: { config: { ...config, edit: edited } },
    edit: { text: edit.text, resourceVersion, why: 'switch' },
  });
}

type Answer = NonNullable<MigrationStatus['preflight']>;

function answerOf(all: readonly Member[], survey: Done): Answer {
  return summary(
    withTrialRules(
      survey,
      all.map(({ status }) => status),
    ),
  );
}

/** By when it was looked and what stands in the way: words the API server may give back otherwise than they were written. */
function isTold(answer: Answer, told: Answer | undefined): boolean {
  return told?.checkedAt === answer.checkedAt && told.blocking === answer.blocking;
}

/** A retry finds the original kept already: what it is begun on is this attempt's look, with who accepted what. */
function newAnswer(seen: Observed, all: readonly Member[], ready: Begin): Step['fixed'] | undefined {
  const preflight = answerOf(all, ready.survey);
  if (isTold(preflight, seen.migration.status.preflight)) return undefined;
  const applied = ready.edit.text === seen.configMap.text;
  return { preflight, ...(applied ? {} : { plan: planOf(seen, all, ready) }) };
}

/** What a rollback needs, together with what the plan was made of. */
function kept(seen: Observed, all: readonly Member[], course: Course, ready: Begin): Step['fixed'] {
  const { status } = seen.migration;
  const originalMode = status.config?.originalMode ?? oldMode(course, all, ready.baselines);
  return {
    kubeProxy: locationOf(seen),
    plan: planOf(seen, all, ready),
    preflight: answerOf(all, ready.survey),
    config: { originalMode, original: seen.configMap.text },
    startedAt: status.startedAt ?? iso(course.now),
    attempt: status.attempt ?? 1,
  };
}

/** undefined: it runs wherever it is to run, or nobody asked for trials. */
function tryAll(
  seen: Observed,
  all: readonly Member[],
  { edit, survey }: Begin,
): { readonly doing: string; readonly part: Partial<Step> } | undefined {
  const target = { text: edit.text, configVersion: seen.configMap.resourceVersion };
  const able = all.filter((member) => member.node?.ready === true && phaseOf(member) !== 'Switched');
  const { moves, tasks, open, inTheWay } = tryOut(seen, all, able, target);
  const told = withTrialRules(
    survey,
    moved(all, moves).map(({ status }) => status),
  );
  const doing = `trying ${seen.migration.spec.mode} beside what nodes run: ${named(open)}`;
  const part = { moves, trials: tasks, fixed: { preflight: summary(told) }, again: moves.size > 0 ? 0 : LATER };
  if (moves.size + open.length > 0) return { doing, part };
  return inTheWay.length === 0 ? undefined : { doing, part: { ...part, stand: heldBack(told, all) } };
}

/** Another version of the ConfigMap that is not ours: whoever made it took the edit back, or was faster. */
function triesOf(before: ConfigEdit | undefined, resourceVersion: string): number {
  if (before === undefined) return 1;
  return before.resourceVersion === resourceVersion ? before.tries : before.tries + 1;
}

export function locationOf({ kubeProxy }: Observed): NonNullable<MigrationStatus['kubeProxy']> {
  const { namespace, daemonSet, configMap, key } = kubeProxy;
  return { namespace, daemonSet, ...(configMap === '' ? {} : { configMap, key }) };
}

function planOf(seen: Observed, all: readonly Member[], { edit, survey }: Ready): NonNullable<MigrationStatus['plan']> {
  const chosen = new Set(all.filter((member) => member.selected).map((member) => member.name));
  const order = inOrder(
    seen.nodes.filter((node) => chosen.has(node.name)),
    seen.ownNode,
  ).map((node) => node.name);
  const { before, after, name } = seen.preview ?? {
    before: seen.configMap.text,
    after: edit.text,
    name: seen.kubeProxy.key,
  };
  const diff = printable(diffText(before, after, name));
  const shown = diff.length > LARGEST_DIFF ? `${diff.slice(0, LARGEST_DIFF - 20)}\n… (cut)\n` : diff;
  const upstream = upstreamOf(survey);
  return { diff: shown, order: order.slice(0, FIRST_IN_ORDER), ...(upstream === undefined ? {} : { upstream }) };
}

/** What the rules about owners of the configuration say has to be changed where they have it from. */
function upstreamOf({ rules }: Done): string | undefined {
  const [first] = OWNER_RULES.flatMap((id) => rules.find(({ rule, fix }) => rule === id && fix !== undefined) ?? []);
  return first?.fix;
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
function firstMoves(all: readonly Member[], course: Course, { baselines, survey }: Ready): Map<string, Move> {
  const moves = new Map<string, Move>();
  for (const member of all) {
    const found = baselines.get(member.name);
    // A node that cannot be read yet gets its record when it can, or when its time is over (run.ts).
    if (found?.kind !== 'read') continue;
    const status = withFindings(member, survey);
    moves.set(member.name, { status: firstStatus({ ...member, status }, course, found) });
  }
  return moves;
}
