// What each verb means for a migration as it stands: which field of the API it sets, or why it makes no sense now. Pure.
// Everything a verb does can be done with kubectl alone; the verbs only know when.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { ANNOTATION_RETRY } from '../../api/names.ts';
import { isOver, standOf } from '../migration/stand.ts';

export type Decision =
  /** A merge patch. `until`: what to wait for. */
  | { readonly kind: 'patch'; readonly patch: object; readonly said: string; readonly until?: 'RolledBack' }
  /** The patch first, then the deletion; the object is gone once its nodes are in a defined state. */
  | { readonly kind: 'delete'; readonly patch: object | undefined; readonly said: string }
  /** It is so already. */
  | { readonly kind: 'nothing'; readonly said: string }
  | { readonly kind: 'refused'; readonly why: string };

export type Verb = 'pause' | 'resume' | 'retry' | 'rollback' | 'abort';

/** `now` names a retry: any new value is one. */
export function decide(verb: Verb, migration: ProxyModeMigration, now: number): Decision {
  const { name, deletionTimestamp } = migration.metadata;
  if (deletionTimestamp !== undefined)
    return refused(`${name} is being deleted already: kubectl proxymode status ${name}`);
  return DECISIONS[verb](migration, now);
}

const DECISIONS: Readonly<Record<Verb, (migration: ProxyModeMigration, now: number) => Decision>> = {
  pause,
  resume,
  retry,
  rollback,
  abort,
};

function pause(migration: ProxyModeMigration): Decision {
  const { name } = migration.metadata;
  if (isOver(migration)) return over(migration, 'there is nothing to pause');
  if (migration.spec.paused) return { kind: 'nothing', said: `${name} is paused already` };
  const said = `${name} is paused: nodes in transit are finished, no other is begun`;
  return { kind: 'patch', patch: { spec: { paused: true } }, said };
}

function resume(migration: ProxyModeMigration): Decision {
  const { name } = migration.metadata;
  if (!migration.spec.paused) return { kind: 'nothing', said: `${name} is not paused` };
  return { kind: 'patch', patch: { spec: { paused: false } }, said: `${name} goes on` };
}

function retry(migration: ProxyModeMigration, now: number): Decision {
  const { name } = migration.metadata;
  const { phase = 'Pending' } = migration.status ?? {};
  if (standOf(migration) !== 'stalled')
    return refused(`${name} is ${phase}: nothing has come to a stop that could be tried again`);
  const annotations = { [ANNOTATION_RETRY]: new Date(now).toISOString() };
  return { kind: 'patch', patch: { metadata: { annotations } }, said: `${name} tries again` };
}

const TAKE_BACK = { spec: { onFailure: 'Rollback' } };
const LET_STAY = { spec: { onFailure: 'Pause' } };

function rollback(migration: ProxyModeMigration): Decision {
  const { metadata, spec, status } = migration;
  const { name } = metadata;
  if (status?.phase === 'RolledBack') return { kind: 'nothing', said: `${name} is rolled back already` };
  if (status?.phase === 'Succeeded') return over(migration, wayBack(migration));
  if (status?.startedAt === undefined)
    return refused(`${name} has changed nothing yet; to give it up: kubectl proxymode abort ${name}`);
  if (status.turnedBack === undefined) {
    const said = `${name} is rolled back: every node gets its old mode, then the migration is gone`;
    return { kind: 'delete', patch: spec.onFailure === 'Rollback' ? undefined : TAKE_BACK, said };
  }
  if (spec.onFailure === 'Rollback') return { kind: 'nothing', said: `${name} is going back already` };
  const said = `${name} takes its switched nodes back`;
  return { kind: 'patch', patch: TAKE_BACK, said, until: 'RolledBack' };
}

function wayBack({ spec, status }: ProxyModeMigration): string {
  const mode = status?.config?.originalMode ?? `the old mode instead of ${spec.mode}`;
  return `to go back, apply another ProxyModeMigration with spec.mode: ${mode}`;
}

function abort(migration: ProxyModeMigration): Decision {
  const { metadata, spec, status } = migration;
  const { name } = metadata;
  if (isOver(migration)) return over(migration, `delete it whenever you like: kubectl delete pmm ${name}`);
  if (status?.startedAt === undefined)
    return { kind: 'delete', patch: undefined, said: `${name} is given up; it has changed nothing` };
  const said = `${name} is given up: nodes in transit are finished, switched ones stay until their kube-proxy restarts`;
  return { kind: 'delete', patch: spec.onFailure === 'Pause' ? undefined : LET_STAY, said };
}

function over({ metadata, status }: ProxyModeMigration, what: string): Decision {
  return refused(`${metadata.name} is over (${status?.phase ?? 'finished'}): ${what}`);
}

function refused(why: string): Decision {
  return { kind: 'refused', why };
}
