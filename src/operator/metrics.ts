// What a scrape learns of the migrations: where each stands, and how its nodes do. Only from the operator that leads, so that
// two replicas do not count a cluster twice.
import { sampledGauge, type Cache, type Connection } from 'kopf-ts';
import type { ProxyModeMigration } from '../api/kinds.ts';

type Migrations = Pick<Cache<ProxyModeMigration>, 'list'>;

/** `leads`: asked at each scrape. */
export function exposeMigrations(registry: Connection['registry'], migrations: Migrations, leads: () => boolean): void {
  const each = <T>(read: (migration: ProxyModeMigration) => readonly T[]): readonly T[] =>
    leads() ? migrations.list().flatMap(read) : [];

  sampledGauge(
    registry,
    {
      name: 'proxymode_migration_info',
      help: 'Always 1: a ProxyModeMigration, with the mode it aims at and its phase.',
      labelNames: ['migration', 'mode', 'phase'],
    },
    () =>
      each(({ metadata, spec, status }) => [
        { labels: { migration: metadata.name, mode: spec.mode, phase: status?.phase ?? 'Pending' }, value: 1 },
      ]),
  );
  sampledGauge(
    registry,
    {
      name: 'proxymode_migration_condition',
      help: '1 while the condition (Ready, Reconciling, Stalled) is True, 0 otherwise, with its reason.',
      labelNames: ['migration', 'type', 'reason'],
    },
    () =>
      each(({ metadata, status }) =>
        (status?.conditions ?? []).map(({ type, reason, status: value }) => ({
          labels: { migration: metadata.name, type, reason },
          value: value === 'True' ? 1 : 0,
        })),
      ),
  );
  sampledGauge(
    registry,
    {
      name: 'proxymode_migration_nodes',
      help: 'Nodes of a ProxyModeMigration by state: total, pending, inFlight, switched, fellBack, failed, rolledBack, skipped.',
      labelNames: ['migration', 'state'],
    },
    () =>
      each(({ metadata, status }) =>
        Object.entries(status?.nodes ?? {}).map(([state, value]) => ({
          labels: { migration: metadata.name, state },
          value,
        })),
      ),
  );
}
