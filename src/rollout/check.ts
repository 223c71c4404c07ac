// Whether anything stands in the way, by the preflight's rules. Nothing is touched before every node has been looked at.
import type { MigrationStatus } from '../api/migration.ts';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import { MOST_FINDINGS, type NodeFinding, type RuleCount } from '../api/preflight-status.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import type { Member } from './member.ts';
import { isChanged } from './make-ready.ts';
import { asking, enter, type Move } from './move.ts';
import type { MigrationFacts, Observed } from './observed.ts';
import { stalled } from './stand.ts';
import { isAsStored } from './stored.ts';
import type { Done, Survey, SurveyWish } from './survey.ts';
import { iso } from './time.ts';
import { isTrialFinding } from './trial-finding.ts';

/** While something stands in the way, the cluster is looked at again after so long (ms); a retry looks at once. */
const AGAIN = 5 * 60_000;
const NAMED = 3;
/** Enough to call a kube-proxy silent: a rule says what that means. */
const TRIES = 5;

export type Checked =
  | { readonly kind: 'clear'; readonly survey: Done }
  | { readonly kind: 'wait'; readonly step: Step };

export function check(seen: Observed, all: readonly Member[], course: Course): Checked {
  const question = questionOf(seen.migration);
  const survey = seen.survey(question);
  const wish = { question, since: 0 };
  const silent = survey === undefined ? all.filter(isSilent) : [];
  if (silent.length > 0) return { kind: 'wait', step: askAnew(silent) };
  if (survey?.kind === 'failing')
    return { kind: 'wait', step: { ...looking(survey, wish), stand: lookFailed(survey) } };
  if (survey === undefined || survey.kind === 'looking') return { kind: 'wait', step: looking(survey, wish) };
  if (survey.blocking === 0) return { kind: 'clear', survey };
  const moves = findings(all, course, survey);
  const stand = heldBack(survey, all);
  const again = { question, since: Math.max(0, seen.now - AGAIN) };
  return { kind: 'wait', step: { stand, fixed: { preflight: summary(survey) }, moves, survey: again, again: 30_000 } };
}

/** Another spec, another attempt or another retry may have another answer. */
export function questionOf({ generation, retry, status }: MigrationFacts): string {
  return JSON.stringify([generation, status.attempt ?? 1, retry ?? '']);
}

export function summary(survey: Done): NonNullable<MigrationStatus['preflight']> {
  return { checkedAt: iso(survey.at), blocking: survey.blocking, rules: [...survey.rules] };
}

/** What was found on each node is kept with it. A node without a record gets one, in which nothing else is said yet. */
export function findings(all: readonly Member[], course: Course, survey: Done): Map<string, Move> {
  const moves = new Map<string, Move>();
  for (const member of all) {
    const isSame = isAsStored(found(member, survey), member.status.findings ?? []);
    if (member.node === undefined || (isSame && member.status.phase === undefined)) continue;
    const status = inRecord(member, course, survey);
    const isSaid = member.status.reason === status.reason && member.status.message === status.message;
    if (!isSame || !isSaid) moves.set(member.name, { status });
  }
  return moves;
}

/** With what was found; and where that keeps a node from its turn, the record says so in a line, as long as it is so. */
export function inRecord(member: Member, course: Course, survey: Done): NodeMigrationStatus {
  const status = withFindings(member, survey);
  const { phase, reason } = status;
  if (phase !== undefined && phase !== 'Pending') return status;
  const hits = (survey.nodes.get(member.name)?.findings ?? []).filter(({ blocking }) => blocking);
  const [first] = hits;
  const looked = { ...member, status };
  if (first !== undefined) {
    const more = hits.length > 1 ? ` (and ${hits.length - 1} more)` : '';
    const message = `not touched: ${first.rule}${more} stands in the way: ${first.message}`;
    return enter(looked, course, 'Pending', { reason: 'PreflightBlocked', message });
  }
  if (phase !== undefined && reason !== 'PreflightBlocked') return status;
  return enter(looked, course, 'Pending', { reason: 'Waiting', message: 'looked at; not touched' });
}

/** The member's record with what was found now, instead of what was found before. */
export function withFindings(member: Member, survey: Done): NodeMigrationStatus {
  const { findings: _before, checkedAt: _then, ...status } = member.status;
  const now = found(member, survey);
  const { lookedAt, findings: seen = [] } = survey.nodes.get(member.name) ?? {};
  const isClear = lookedAt !== undefined && !seen.some(({ blocking }) => blocking);
  return {
    ...status,
    // Not before it was ready, by whatever clock that was told.
    ...(isClear ? { checkedAt: iso(Math.max(lookedAt, member.node?.readyChangedAt ?? 0)) } : {}),
    ...(now.length === 0 ? {} : { findings: [...now] }),
  };
}

/** A look says nothing of what a trial has found. */
function found({ name, status }: Member, survey: Done): readonly NodeFinding[] {
  const tried = status.findings?.filter(isTrialFinding) ?? [];
  return [...tried, ...(survey.nodes.get(name)?.findings ?? [])].slice(0, MOST_FINDINGS);
}

/** Read in an earlier attempt, or before the operator was restarted: the rules want to know what it answers now. */
export function isSilent({ node, pod, probe }: Member): boolean {
  const reached = (probe?.readings.length ?? 0) > 0 || (probe?.error?.tries ?? 0) >= TRIES;
  return node?.ready === true && pod?.running === true && !pod.deleting && !reached;
}

function askAnew(silent: readonly Member[]): Step {
  const message = `asking ${silent.length} node(s) for their mode once more`;
  const stand: Stand = { kind: 'progressing', phase: 'Pending', reason: 'Checking', message };
  return { stand, fixed: {}, moves: asking(silent), again: 30_000 };
}

function looking(survey: Survey | undefined, wish: SurveyWish): Step {
  const how = survey?.kind === 'looking' && survey.of > 0 ? `: ${survey.seen} of ${survey.of} nodes` : '';
  const message = `looking at the cluster and its nodes${how}`;
  const stand: Stand = { kind: 'progressing', phase: 'Pending', reason: 'Checking', message };
  return { stand, fixed: {}, moves: new Map(), survey: wish, again: 30_000 };
}

function lookFailed({ problem }: Extract<Survey, { kind: 'failing' }>): Stand {
  return stalled('LookFailed', cannotLook(problem));
}

export function cannotLook(problem: string): string {
  return `the cluster cannot be looked at: ${problem}; it is tried again and again`;
}

export function heldBack(survey: Done, all: readonly Member[]): Stand {
  return stalled('PreflightBlocked', inTheWay(survey, all));
}

function inTheWay({ rules, blocking }: Done, all: readonly Member[]): string {
  const named = rules.filter((rule) => rule.blocking).slice(0, NAMED);
  const more = blocking > named.length ? `; and ${blocking - named.length} more` : '';
  const remedy =
    'do what the fixes in .status.preflight.rules and in the NodeMigrations say, or add a rule to spec.preflight.accept to take the responsibility';
  return `${untouched(all)}, because ${blocking} preflight rule(s) stand in the way: ${named.map(inWords).join('; ')}${more}; ${remedy}`;
}

/** The truth about what was done so far. */
export function untouched(all: readonly Member[]): string {
  const changed = all.filter(isChanged).length;
  return changed === 0
    ? 'nothing was changed'
    : `no kube-proxy was touched (kernel modules or sysctls of ${changed} node(s) were made ready before)`;
}

function inWords({ rule, nodes, message }: RuleCount): string {
  return `${rule}${nodes > 0 ? ` on ${nodes} node(s)` : ''}: ${message.slice(0, 160).replace(/\.$/, '')}`;
}
