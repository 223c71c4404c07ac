import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { migrationSpec } from '../api/migration.ts';
import type { ProxyModeMigration } from '../api/kinds.ts';
import { exposeMigrations } from './metrics.ts';

const MIGRATION: ProxyModeMigration = {
  metadata: { name: 'to-nftables' },
  spec: migrationSpec.parse({ mode: 'nftables' }),
  status: {
    phase: 'Failed',
    conditions: [
      {
        type: 'Stalled',
        status: 'True',
        reason: 'NodeStranded',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
      {
        type: 'Ready',
        status: 'False',
        reason: 'NodeStranded',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
    nodes: { total: 3, pending: 1, inFlight: 0, switched: 1, fellBack: 0, failed: 1, rolledBack: 0, skipped: 0 },
  },
};

async function scraped(leads: boolean, all: readonly ProxyModeMigration[] = [MIGRATION]): Promise<string[]> {
  const registry = new Registry();
  exposeMigrations(registry, { list: () => [...all] }, () => leads);
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

it('a scrape tells where a migration stands, and how its nodes do', async () => {
  const lines = await scraped(true);
  expect(lines).toContain('proxymode_migration_info{migration="to-nftables",mode="nftables",phase="Failed"} 1');
  expect(lines).toContain(
    'proxymode_migration_condition{migration="to-nftables",type="Stalled",reason="NodeStranded"} 1',
  );
  expect(lines).toContain(
    'proxymode_migration_condition{migration="to-nftables",type="Ready",reason="NodeStranded"} 0',
  );
  expect(lines).toContain('proxymode_migration_nodes{migration="to-nftables",state="failed"} 1');
});

it('a migration nobody has looked at yet is Pending, without conditions', async () => {
  const { status: _none, ...fresh } = MIGRATION;
  expect(await scraped(true, [fresh])).toEqual([
    'proxymode_migration_info{migration="to-nftables",mode="nftables",phase="Pending"} 1',
  ]);
});

it('an operator that does not lead tells nothing', async () => {
  expect(await scraped(false)).toEqual([]);
});
