// The one status write of a pass. What a person or a pipeline acts on is written at once; counters at most every two
// seconds, so that five thousand nodes do not mean five thousand writes of the parent.
import type { Client, Clock, EventInput } from 'kopf-ts';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../api/kinds.ts';
import type { MigrationStatus } from '../api/migration.ts';
import { API_VERSION } from '../api/names.ts';
import { isAsStored } from '../rollout/stored.ts';

const COUNTERS_EVERY = 2000;

export type ReportTo = {
  readonly client: Client;
  readonly clock: Clock;
  readonly event: (event: EventInput) => void;
};

/** Remembers when counters were last written; nothing else. */
export class Reporter {
  readonly #lastWrite = new Map<string, number>();

  /** Resolves with the time (ms from now) after which a held-back write is due, if one was held back. */
  async report(migration: ProxyModeMigration, next: MigrationStatus, to: ReportTo): Promise<number | undefined> {
    const { metadata, status = {} } = migration;
    if (isAsStored(next, status)) return undefined;
    const due = (this.#lastWrite.get(metadata.name) ?? 0) + COUNTERS_EVERY - to.clock.now();
    if (due > 0 && isAsStored(essence(next), essence(status))) return due;
    const body = {
      apiVersion: API_VERSION,
      kind: PROXY_MODE_MIGRATIONS.kind,
      // The API server ignores a uid here: only the resourceVersion keeps this off a namesake, or off a changed spec.
      metadata: { name: metadata.name, resourceVersion: metadata.resourceVersion },
      status: next,
    };
    await to.client.apply(PROXY_MODE_MIGRATIONS, body, { subresource: 'status' });
    this.#lastWrite.set(metadata.name, to.clock.now());
    if (status.phase !== next.phase) to.event(phaseEvent(migration, next));
    return undefined;
  }

  forget(name: string): void {
    this.#lastWrite.delete(name);
  }
}

/** What may not wait: everything but counters and sentences. */
function essence({
  nodes: _n,
  progress: _p,
  message: _m,
  inFlight: _i,
  failures: _f,
  conditions,
  ...rest
}: MigrationStatus): object {
  const known = (conditions ?? []).map(({ type, status, reason }) => ({ type, status, reason }));
  return { ...rest, conditions: known };
}

function phaseEvent({ metadata }: ProxyModeMigration, next: MigrationStatus): EventInput {
  const reason = next.conditions?.find(({ type }) => type === 'Ready')?.reason ?? 'Progressing';
  const bad = next.conditions?.some(({ type, status }) => type === 'Stalled' && status === 'True') === true;
  return {
    regarding: { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, metadata },
    type: bad || next.phase === 'RollingBack' ? 'Warning' : 'Normal',
    reason,
    action: next.phase ?? 'Progressing',
    note: next.message ?? '',
  };
}
