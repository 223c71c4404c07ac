// The trial: before the ConfigMap is edited, the real kube-proxy with the configuration it is going to have is run in a network of its
// own, on every node or on one of those that are alike (preflight.trial). Where it does not run, or could not be tried, that is a
// finding of the preflight like any other: it holds the migration back until somebody accepts it, and no kube-proxy is touched.
// It comes after nodes were made ready, because only then are the modules there that it needs.
import type { MigrationSpec } from '../api/migration.ts';
import type { NodeTrial } from '../api/node-migration.ts';
import type { NodeFinding } from '../api/preflight-status.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import { printable } from '../kubeproxy/printable.ts';
import { trialConfig } from '../kubeproxy/trial-config.ts';
import { questionOf } from './check.ts';
import { milliseconds } from './duration.ts';
import { isHalfReady } from './make-ready.ts';
import { isChecked, phaseOf, type Member } from './member.ts';
import type { Move } from './move.ts';
import type { Observed } from './observed.ts';
import { compareNames } from './order.ts';
import { iso } from './time.ts';
import { isTrialAccepted, isTrialFinding, trialFinding, withTrialFinding } from './trial-finding.ts';
import type { TrialResult, TrialTask } from './trial-task.ts';

/** What failed is tried again after so long (ms), and what could not be tried sooner. */
const AGAIN = { Failed: 5 * 60_000, Unknown: 60_000 } as const;

export type Trials = {
  readonly moves: ReadonlyMap<string, Move>;
  readonly tasks: readonly TrialTask[];
  /** Names of nodes on which it is not known yet whether it runs. */
  readonly open: readonly string[];
  /** Nodes on which it does not run, or could not be tried, which nobody has accepted; `holds`: names of all that cannot go on for it. */
  readonly inTheWay: readonly {
    readonly node: string;
    readonly finding: NodeFinding;
    readonly holds: readonly string[];
  }[];
};

/** What kube-proxies are going to read: a trial with anything else says nothing. */
type Target = { readonly text: string; readonly digest: string };

function targetOf(text: string): Target {
  return { text, digest: sha256(text) };
}

/**
 * Of these members, what is known, and what is still to be tried. `all` may have the proof for those that are alike. `text`: the
 * configuration as they are going to read it.
 */
export function tryOut(seen: Observed, all: readonly Member[], wanted: readonly Member[], text: string): Trials {
  const { spec } = seen.migration;
  const told = toldAnew(wanted, spec);
  if (isSkipped(spec)) return { moves: told, tasks: [], open: [], inTheWay: [] };
  const target = targetOf(text);
  const proven = provenIn(seen, all, target);
  const groups = Map.groupBy(wanted, (member) => groupOf(member, seen));
  const ones = [...groups].flatMap(([group, members]) => {
    const failed = members.filter((member) => hasFailed(member, seen));
    const isProven = proven.has(group);
    const chosen = isProven ? failed : members.toSorted((a, b) => compareNames(a.name, b.name)).slice(0, 1);
    // Where nothing is proven, one is tried for all that are alike.
    return chosen.map((member) => ({ ...attempt(member, seen, target), stoodFor: isProven ? [member] : members }));
  });
  return {
    moves: new Map([...told, ...ones.flatMap(({ name, move }) => (move === undefined ? [] : [[name, move] as const]))]),
    tasks: ones.flatMap(({ task }) => task ?? []),
    open: ones.filter(({ finding }) => finding === undefined).map(({ name }) => name),
    inTheWay: ones.flatMap(({ name, finding, stoodFor }) =>
      finding === undefined ? [] : [{ node: name, finding, holds: stoodFor.map((member) => member.name) }],
    ),
  };
}

/** Names of nodes that wait for their turn and must not have it, because nothing shows that the new mode runs there. */
export function awaitingTrial(seen: Observed, all: readonly Member[]): ReadonlySet<string> {
  if (isSkipped(seen.migration.spec)) return new Set();
  const proven = provenIn(seen, all, targetOf(seen.configMap.text));
  const waiting = all.filter((member) => phaseOf(member) === 'Pending' && member.selected);
  const held = waiting.filter((member) => !proven.has(groupOf(member, seen)) || hasFailed(member, seen));
  return new Set(held.map(({ name }) => name));
}

/** Nodes that came, or came back, after the others had been tried. */
export function tryLate(seen: Observed, all: readonly Member[]): Trials {
  const waiting = awaitingTrial(seen, all);
  const able = all.filter((member) => member.node?.ready === true && isChecked(member) && !isHalfReady(member));
  return tryOut(
    seen,
    all,
    able.filter(({ name }) => waiting.has(name)),
    seen.configMap.text,
  );
}

function isSkipped({ preflight: { trial = 'Skip' } }: MigrationSpec): boolean {
  return trial === 'Skip';
}

function whatOf({ node }: Member, { kubeProxy }: Observed): string {
  return printable(`${kubeProxy.image}: ${node?.system ?? ''}`).slice(0, 512);
}

function groupOf(member: Member, seen: Observed): string {
  const what = whatOf(member, seen);
  return seen.migration.spec.preflight.trial === 'PerNode' ? `${member.name} ${what}` : what;
}

/** Groups of which it is known that the new mode runs there, or of which somebody took the responsibility. */
function provenIn(seen: Observed, all: readonly Member[], target: Target): ReadonlySet<string> {
  const accepted = isTrialAccepted(seen.migration.spec);
  const good = all.filter((member) => {
    const trial = validTrial(member, seen, target);
    return trial !== undefined && (trial.outcome === 'Passed' || accepted);
  });
  return new Set(good.map((member) => groupOf(member, seen)));
}

/** On itself, whatever others like it have proved since, and with whatever configuration: until it has passed. */
function hasFailed(member: Member, seen: Observed): boolean {
  const trial = validTrial(member, seen);
  return trial !== undefined && trial.outcome !== 'Passed' && !isTrialAccepted(seen.migration.spec);
}

/** What was found on the node as it is now; with this configuration, where one is named. */
function validTrial(member: Member, seen: Observed, target?: Target): NodeTrial | undefined {
  const { trial } = member.status;
  if (member.node === undefined || trial?.what !== whatOf(member, seen)) return undefined;
  return target === undefined || trial.configDigest === target.digest ? trial : undefined;
}

type One = {
  readonly name: string;
  readonly move?: Move;
  readonly task?: TrialTask;
  /** undefined: not known yet. */
  readonly finding?: NodeFinding;
};

function attempt(member: Member, seen: Observed, target: Target): One {
  const { name } = member;
  const { spec } = seen.migration;
  const what = whatOf(member, seen);
  const before = validTrial(member, seen, target);
  const made = taskOf(member, seen, target);
  if (made.kind === 'problem') {
    const trial = trialOf(what, target, { outcome: 'Unknown', problem: made.message, at: seen.now });
    return before === undefined ? { name, move: recorded(member, trial, spec) } : settled(member, before, spec);
  }
  const result = seen.trial(made.task);
  if (result === undefined) return { name, task: made.task };
  if (before === undefined || iso(result.at) !== before.at) {
    return { name, task: made.task, move: recorded(member, trialOf(what, target, outcomeOf(result)), spec) };
  }
  const pause = before.outcome === 'Unknown' ? AGAIN.Unknown : AGAIN.Failed;
  const again = { ...made.task, since: Math.max(0, seen.now - pause) };
  return { ...settled(member, before, spec), task: again };
}

function settled({ name }: Member, trial: NodeTrial, spec: MigrationSpec): One {
  const finding = trialFinding(trial, spec);
  return finding === undefined ? { name } : { name, finding };
}

type Made =
  | { readonly kind: 'task'; readonly task: TrialTask }
  | { readonly kind: 'problem'; readonly message: string };

/** Another question, or another configuration, is another trial. */
function taskOf(member: Member, seen: Observed, { text, digest }: Target): Made {
  const { name, status } = member;
  const { mode, rollout } = seen.migration.spec;
  const config = trialConfig(text);
  if (config.kind === 'problem') return config;
  const id = `trial/${name}/${questionOf(seen.migration)}/${whatOf(member, seen)}/${digest}`;
  const families = status.before?.families ?? [];
  const timeout = milliseconds(rollout.nodeTimeout);
  const { image } = seen.kubeProxy;
  return { kind: 'task', task: { id, node: name, since: 0, mode, image, config: config.text, families, timeout } };
}

type Outcome = Pick<NodeTrial, 'outcome' | 'problem' | 'firstSyncMilliseconds'> & { readonly at: number };

function outcomeOf(result: TrialResult): Outcome {
  const { at } = result;
  if (result.kind === 'failed') return { at, outcome: 'Unknown', problem: result.problem };
  const { tried } = result;
  if (tried.kind === 'failed') return { at, outcome: 'Failed', problem: tried.why };
  return { at, outcome: 'Passed', firstSyncMilliseconds: Math.max(0, Math.round(tried.firstSync)) };
}

function trialOf(what: string, target: Target, { at, problem, ...outcome }: Outcome): NodeTrial {
  const told = problem === undefined ? {} : { problem: printable(problem).slice(0, 512) };
  return {
    at: iso(at),
    ...outcome,
    what,
    configDigest: target.digest,
    ...told,
  };
}

function recorded({ status }: Member, trial: NodeTrial, spec: MigrationSpec): Move {
  return { status: withTrialFinding({ ...status, trial }, trialFinding(trial, spec)) };
}

/** Records whose finding is not what it is by the spec as it is now: accepted since, or not wanted any more. */
function toldAnew(members: readonly Member[], spec: MigrationSpec): Map<string, Move> {
  return new Map(
    members.flatMap(({ name, status }) => {
      const { trial } = status;
      if (trial === undefined) return [];
      const wanted = isSkipped(spec) ? undefined : trialFinding(trial, spec);
      const told = status.findings?.find(isTrialFinding);
      const isTold = told?.message === wanted?.message && told?.blocking === wanted?.blocking;
      return isTold ? [] : [[name, { status: withTrialFinding(status, wanted) }] as const];
    }),
  );
}
