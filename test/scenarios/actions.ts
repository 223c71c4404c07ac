// What people do with migrations in scenarios, and what they see of them.
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../src/api/kinds.ts';
import { ANNOTATION_RETRY, API_VERSION, LABEL_MIGRATION } from '../../src/api/names.ts';
import type { MigrationStatus } from '../../src/api/migration.ts';
import type { NodeMigrationStatus } from '../../src/api/node-migration.ts';
import type { MigrationInput, Stage } from './stage.ts';

/**
 * Most scenarios are about what comes after the preflight: their nodes are not looked at, and somebody takes the
 * responsibility for what is unknown then; on the lab they are looked at all the same, so that every scenario goes the way
 * and with the rights of the default. Those that are about it, and kubectl's, leave everything to the defaults.
 */
export const UNSEEN = {
  nodeAccess: { type: 'None' },
  preflight: {
    accept: [
      'baseline-leftovers',
      'conntrack-module',
      'foreign-ipvs',
      'forward-drop',
      'host-firewall-holes',
      'ipvs-ko-missing',
      'ipvs-modules',
      'nft-fib-missing',
      'nodeport-addresses-default',
      'portmap-mark-chain',
      'rollback-foreign-ipvs',
    ],
  },
} as const;

/** Leaves node access and preflight to the defaults. */
export const LOOKED_AT = { nodeAccess: {}, preflight: {} } as const;

export async function apply(stage: Stage, name: string, input: MigrationInput): Promise<void> {
  const unseen = stage.kind === 'lab' ? { preflight: UNSEEN.preflight } : UNSEEN;
  const spec = { ...unseen, ...input };
  const object = { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, metadata: { name }, spec };
  await stage.client.apply(PROXY_MODE_MIGRATIONS, object);
}

export async function patchSpec(stage: Stage, name: string, spec: Record<string, unknown>): Promise<void> {
  await stage.client.mergePatch(PROXY_MODE_MIGRATIONS, { name }, { spec });
}

export async function retry(stage: Stage, name: string): Promise<void> {
  const annotations = { [ANNOTATION_RETRY]: String(stage.clock.now()) };
  await stage.client.mergePatch(PROXY_MODE_MIGRATIONS, { name }, { metadata: { annotations } });
}

export async function remove(stage: Stage, name: string): Promise<void> {
  await stage.client.delete(PROXY_MODE_MIGRATIONS, { name });
}

export async function gone(stage: Stage, name: string): Promise<void> {
  await stage.until(`${name} to be gone`, async () => (await migration(stage, name)) === undefined, 300_000);
}

export async function migration(stage: Stage, name: string): Promise<ProxyModeMigration | undefined> {
  return stage.client.get(PROXY_MODE_MIGRATIONS, { name });
}

export async function statusOf(stage: Stage, name: string): Promise<MigrationStatus> {
  return (await migration(stage, name))?.status ?? {};
}

/** Waits until the phase is one of these, and returns the status. */
export async function phase(
  stage: Stage,
  name: string,
  phases: readonly string[],
  patience = 300_000,
): Promise<MigrationStatus> {
  let status: MigrationStatus = {};
  const reached = async (): Promise<boolean> => {
    status = await statusOf(stage, name);
    return phases.includes(status.phase ?? '');
  };
  try {
    await stage.until(`${name} to be ${phases.join(' or ')}`, reached, patience);
  } catch (error) {
    throw new Error(`${name} is ${status.phase ?? 'untouched'} (${status.message ?? ''}), not ${phases.join(' or ')}`, {
      cause: error,
    });
  }
  return status;
}

/** Waits until the migration is Stalled for this reason, and returns the status. */
export async function stalled(stage: Stage, name: string, reason: string): Promise<MigrationStatus> {
  let status: MigrationStatus = {};
  const isStalled = async (): Promise<boolean> => {
    status = await statusOf(stage, name);
    const condition = status.conditions?.find(({ type }) => type === 'Stalled');
    return condition?.status === 'True' && condition.reason === reason;
  };
  await stage.until(`${name} to be Stalled, reason ${reason}`, isStalled, 120_000);
  return status;
}

export async function records(stage: Stage, name: string): Promise<ReadonlyMap<string, NodeMigrationStatus>> {
  const { items } = await stage.client.list(NODE_MIGRATIONS, { labelSelector: `${LABEL_MIGRATION}=${name}` });
  return new Map(items.map(({ spec, status = {} }) => [spec.nodeName, status]));
}

/** Phase by node of a migration's NodeMigrations. */
export async function nodePhases(stage: Stage, name: string): Promise<Record<string, string | undefined>> {
  const entries = [...(await records(stage, name))].map(([node, status]) => [node, status.phase] as const);
  return Object.fromEntries(entries);
}

export async function nodeIs(stage: Stage, name: string, node: string, phases: readonly string[]): Promise<void> {
  const reached = async (): Promise<boolean> => phases.includes((await nodePhases(stage, name))[node] ?? '');
  await stage.until(`${node} to be ${phases.join(' or ')} in ${name}`, reached, 300_000);
}

/** `verify.soak` of a migration whose nodes shall stay in transit until `letGo`: no scenario depends on being quick. */
export const HELD = { verify: { soak: '1h' }, rollout: { nodeTimeout: '10h' } } as const;

export async function letGo(stage: Stage, name: string): Promise<void> {
  await patchSpec(stage, name, { verify: { soak: '0s' } });
}

/** Waits until the operator has seen the spec as it is now. */
export async function observed(stage: Stage, name: string): Promise<void> {
  const seen = async (): Promise<boolean> => {
    const object = await migration(stage, name);
    return object?.status?.observedGeneration === object?.metadata.generation;
  };
  await stage.until(`the operator to have seen ${name}`, seen);
}

/** Starts a migration and returns with n2 switched, n3 in transit until `letGo`, and n1 not touched. */
export async function midway(stage: Stage, name: string, spec: MigrationInput): Promise<void> {
  await apply(stage, name, { ...spec, ...HELD });
  await nodeIs(stage, name, 'n2', ['Switching', 'Verifying']);
  await patchSpec(stage, name, { paused: true, verify: { soak: '0s' } });
  await nodeIs(stage, name, 'n2', ['Switched']);
  await patchSpec(stage, name, { paused: false, ...HELD });
  await nodeIs(stage, name, 'n3', ['Verifying']);
  // Until then its kube-proxy may not have read the ConfigMap yet.
  await stage.until('n3 to answer', async () => (await stage.proxyMode('n3')) === spec.mode);
}
