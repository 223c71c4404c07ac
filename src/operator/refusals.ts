// What the API server has refused, so that what it refuses is not asked for again with every event: the refusal would
// write a status, the status would wake the next pass, and that would ask again.
import type { ApiError } from 'kopf-ts';
import { isRefused, toldOf } from '../api/refusal.ts';
import type { Blocked, MigrationFacts } from '../rollout/observed.ts';

/** How long (ms) a refusal stands before it is asked again. */
const FOR = 30_000;
/**
 * An API server that has just come back answers 403 for a second or two, until it has read its roles. In the middle of
 * a migration, a refusal is a missing right only when it lasts for so long (ms); until then it is asked again soon.
 */
export const PATIENCE = 10_000;
const SOON = 1000;

/** `blocked` is what the status shall say; nothing yet while the refusal may pass by itself. */
export type Refusal = { readonly blocked: Blocked | undefined; readonly until: number };

type Noted = Refusal & { readonly asked: string; readonly since: number };

/** Answers that another try will not change: a right is missing, something else is in the way, or the write is invalid. */
export function isRefusal(error: ApiError): boolean {
  return error.status === 422 || isRefused(error);
}

export class Refusals {
  readonly #byName = new Map<string, Noted>();

  note(migration: MigrationFacts, error: ApiError, now: number): void {
    const asked = whatIsAsked(migration);
    const known = this.#byName.get(migration.name);
    const since = known?.asked === asked ? known.since : now;
    const mayPass = error.status === 403 && isUnderWay(migration) && now - since < PATIENCE;
    const { message } = error;
    const told = isRefused(error) ? toldOf(message) : ({ reason: 'Refused', message } as const);
    const blocked: Blocked = { kind: 'blocked', ...told };
    this.#byName.set(migration.name, {
      blocked: mayPass ? undefined : blocked,
      until: now + (mayPass ? SOON : FOR),
      asked,
      since,
    });
  }

  /** The refusal that still stands. Another spec or another retry is another question. */
  standing(migration: MigrationFacts, now: number): Refusal | undefined {
    const refusal = this.#byName.get(migration.name);
    return refusal !== undefined && now < refusal.until && refusal.asked === whatIsAsked(migration)
      ? refusal
      : undefined;
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }
}

/** Before the first change nothing is lost by saying at once what is missing. */
export function isUnderWay({ status }: MigrationFacts): boolean {
  return status.startedAt !== undefined && status.finishedAt === undefined;
}

function whatIsAsked({ uid, generation, retry, deleting }: MigrationFacts): string {
  return JSON.stringify([uid, generation, retry, deleting]);
}
