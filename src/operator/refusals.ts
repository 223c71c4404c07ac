// What the API server has refused, so that a missing right is not asked for again with every event: the refusal would
// write a status, the status would wake the next pass, and that would ask again.
import type { ApiError } from 'kopf-ts';
import type { Blocked, MigrationFacts } from '../rollout/observed.ts';

const FOR = 30_000;

export type Refusal = { readonly blocked: Blocked; readonly until: number; readonly asked: string };

/** Answers that another try will not change: a right is missing, or the write is invalid. */
export function isRefusal(error: ApiError): boolean {
  return error.status === 403 || error.status === 422;
}

export class Refusals {
  readonly #byName = new Map<string, Refusal>();

  note(migration: MigrationFacts, { status, message }: ApiError, now: number): void {
    const blocked: Blocked = { kind: 'blocked', reason: status === 403 ? 'Forbidden' : 'Refused', message };
    this.#byName.set(migration.name, { blocked, until: now + FOR, asked: whatIsAsked(migration) });
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

function whatIsAsked({ uid, generation, retry, deleting }: MigrationFacts): string {
  return JSON.stringify([uid, generation, retry, deleting]);
}
