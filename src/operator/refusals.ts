// What the API server has refused, so that a missing right is not asked for again with every event: the refusal would
// write a status, the status would wake the next pass, and that would ask again.
import type { MigrationFacts } from '../rollout/observed.ts';

const FOR = 30_000;

export type Refusal = { readonly message: string; readonly until: number; readonly asked: string };

export class Refusals {
  readonly #byName = new Map<string, Refusal>();

  note(migration: MigrationFacts, message: string, now: number): void {
    this.#byName.set(migration.name, { message, until: now + FOR, asked: whatIsAsked(migration) });
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
