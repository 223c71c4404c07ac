// One node's record as sections of facts: what it ran before, what was found and changed on it, what was read from it afterwards,
// and when. What `explain` prints and the report shows. Pure; nothing is left out but what is not there.
import type { NodeMigration } from '../../api/kinds.ts';
import type { AuditEvidence, Evidence, NodeMigrationStatus } from '../../api/node-migration.ts';
import type { NodeFinding, Preparation } from '../../api/preflight-status.ts';
import { REASONS } from '../../api/reasons.ts';
import { humanDuration } from '../../rollout/duration.ts';
import { counted } from '../counted.ts';

export type Fact = {
  readonly label: string;
  readonly value: string;
  /** A line to be typed as it stands: blanks count, and it is never broken. */
  readonly verbatim?: true;
};
export type Section = { readonly heading: string; readonly facts: readonly Fact[] };

export function nodeStory({ status = {} }: NodeMigration): readonly Section[] {
  const { before, evidence, restored, preparation, findings = [], systemd } = status;
  const sections: readonly Section[] = [
    { heading: 'What was found on it', facts: findings.flatMap(findingFacts) },
    { heading: 'What was changed to make it ready', facts: preparation === undefined ? [] : prepared(preparation) },
    {
      heading: 'What it ran before',
      facts: before === undefined ? [] : [...ran(before), ...list('IP families', before.families)],
    },
    {
      heading: 'Its unit',
      facts: systemd === undefined ? [] : [...one('unit', systemd.unit), ...one('file', systemd.file)],
    },
    { heading: 'What was read after its switch', facts: evidence === undefined ? [] : read(evidence) },
    { heading: 'What was read after it went back', facts: restored === undefined ? [] : read(restored) },
    { heading: 'When', facts: times(status) },
  ];
  return sections.filter(({ facts }) => facts.length > 0);
}

/** What the reason of a record or a condition stands for; '' for one this version does not know. */
export function meaningOf(reason: string | undefined): string {
  return (REASONS as Readonly<Record<string, string>>)[reason ?? ''] ?? '';
}

/** A fix is several lines as a rule, and each is to be typed as it stands. */
function findingFacts({ rule, verdict, blocking, message, fix = '' }: NodeFinding): readonly Fact[] {
  const stands = verdict === 'block' || verdict === 'unknown' ? (blocking ? ', in the way' : ', accepted') : '';
  const lines = fix.split('\n').filter((line) => line !== '');
  return [
    { label: rule, value: `${verdict}${stands}: ${message}` },
    ...lines.map((value, index) => ({ label: index === 0 ? 'to mend it' : '', value, verbatim: true as const })),
  ];
}

function prepared({ modules, sysctls, persist, doneAt, undoneAt, notes = [], problem }: Preparation): readonly Fact[] {
  return [
    ...list('modules loaded', modules),
    ...sysctls.map(({ name, from, to }) => ({ label: name, value: `${from} before, ${to} since` })),
    { label: 'outlasts a reboot', value: persist ? 'yes' : 'no' },
    ...one('seen to be so', doneAt),
    ...one('put back', undoneAt),
    ...notes.map((value) => ({ label: 'note', value })),
    ...one('problem', problem),
  ];
}

type Process = Pick<Evidence, 'podName' | 'podUID' | 'restarts' | 'mode' | 'version'>;

function ran({ mode, version, podName, podUID, restarts }: Process): readonly Fact[] {
  const again = restarts === 0 ? '' : `, ${restarts} restart${restarts === 1 ? '' : 's'}`;
  return [
    ...one('mode', mode),
    ...one('kube-proxy', version),
    { label: 'process', value: `${podName} (${podUID})${again}` },
  ];
}

function read(evidence: Evidence): readonly Fact[] {
  const { mode, readings, readAt, processStartedAt, firstSyncs = [], syncFailures, lastWords } = evidence;
  const answer = mode === undefined ? 'nothing' : `${mode}, ${readings} time${readings === 1 ? '' : 's'} in a row`;
  return [
    { label: 'it answered', value: readAt === undefined ? answer : `${answer}, last at ${readAt}` },
    ...ran({ ...evidence, mode: undefined }),
    ...one('process started', processStartedAt),
    ...firstSyncs.map(({ family, at }) => ({
      label: family === '' ? 'rules written' : `rules written, ${family}`,
      value: `${at}${after(processStartedAt, at)}`,
    })),
    ...one('failed syncs', syncFailures?.toString()),
    ...(evidence.audit === undefined ? [] : compared(evidence.audit)),
    ...one('last words', lastWords),
  ];
}

function compared({ at, services = 0, findings = 0, errors = 0, first = [], problem }: AuditEvidence): readonly Fact[] {
  if (problem !== undefined) return [{ label: 'its rules', value: `not compared: ${problem}` }];
  const found = findings === 0 ? 'as demanded' : `${counted(findings, 'finding')}, ${counted(errors, 'error')}`;
  return [
    { label: 'its rules', value: `${found}, with ${counted(services, 'Service')}, at ${at}` },
    ...first.map(({ kind, service, where, what }) => ({
      label: kind,
      value: `${service === undefined ? '' : `${service}, `}${where}: ${what}`,
    })),
  ];
}

/** kube-proxy deletes the other mode's rules when it starts: from then until its own are written nothing is certain. */
function after(start: string | undefined, at: string): string {
  const took = start === undefined ? Number.NaN : Date.parse(at) - Date.parse(start);
  return took >= 0
    ? ` (${took < 10_000 ? `${Math.round(took / 100) / 10}s` : humanDuration(took)} after the start)`
    : '';
}

function times({ startedAt, finishedAt, attempt, outOfTurn }: NodeMigrationStatus): readonly Fact[] {
  const took =
    startedAt === undefined || finishedAt === undefined ? Number.NaN : Date.parse(finishedAt) - Date.parse(startedAt);
  return [
    ...one('attempt', attempt?.toString()),
    ...one('last step began', startedAt),
    ...one(
      'done',
      finishedAt === undefined ? undefined : `${finishedAt}${took >= 0 ? ` (${humanDuration(took)})` : ''}`,
    ),
    ...(outOfTurn === true ? [{ label: 'out of turn', value: 'its kube-proxy restarted by itself' }] : []),
  ];
}

function one(label: string, value: string | undefined): readonly Fact[] {
  return value === undefined || value === '' ? [] : [{ label, value }];
}

function list(label: string, values: readonly string[] | undefined): readonly Fact[] {
  return values === undefined || values.length === 0 ? [] : [{ label, value: values.join(', ') }];
}
