// Where a migration stands, as the conditions tell it: what exit codes and advice hang on.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { ANNOTATION_RETRY } from '../../api/names.ts';
import { EXIT } from '../exit-codes.ts';

/**
 * `new`: no operator has seen it, or not its latest spec. `stalled`: a person is needed. `done`: succeeded, or planned.
 * `waiting`: paused; `moving`: everything else.
 */
export type Stand = 'new' | 'moving' | 'waiting' | 'stalled' | 'done';

export function standOf({ metadata, status }: ProxyModeMigration): Stand {
  if (status?.conditions === undefined || (status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return 'new';
  const is = (type: string): boolean =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
  if (is('Stalled')) return 'stalled';
  if (is('Ready')) return 'done';
  return status.phase === 'Paused' ? 'waiting' : 'moving';
}

export function isOver({ status }: ProxyModeMigration): boolean {
  return status?.finishedAt !== undefined;
}

/** Nothing more will happen to it by itself: it is done, or a person is needed. */
export function isSettled(migration: ProxyModeMigration): boolean {
  const { metadata, status } = migration;
  const stand = standOf(migration);
  // One that is being deleted and over goes in a moment; a retry that nobody has seen yet will set it going again.
  if (metadata.deletionTimestamp !== undefined) return stand === 'stalled' && !isOver(migration);
  const retry = metadata.annotations?.[ANNOTATION_RETRY];
  if (stand === 'stalled') return retry === undefined || retry === status?.handledRetry;
  return stand === 'done';
}

/** CamelCase, of the condition that tells most; '' before there is one. */
export function reasonOf({ status }: ProxyModeMigration): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.reason ?? '';
}

/** 0 on its way or done, 2 when a person is needed. */
export function exitCodeOf(stand: Stand): number {
  return stand === 'stalled' ? EXIT.blocked : EXIT.ready;
}
