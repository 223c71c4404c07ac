// Writing one NodeMigration: made when missing, its status applied, and the change told as an Event on it.
import { createHash } from 'node:crypto';
import { ApiError, TemporaryError, type Client } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type NodeMigration, type ProxyModeMigration } from '../api/kinds.ts';
import { API_VERSION, LABEL_MIGRATION } from '../api/names.ts';
import type { NodeMigrationSpec } from '../api/node-migration.ts';
import type { RecordWrite } from '../rollout/decision.ts';
import { eventOf } from './node-event.ts';
import type { Hands } from './hands.ts';

const LONGEST_NAME = 253;

/**
 * Migration names have no dots, so that two of them can never make the same name out of different nodes. A node's name
 * that leaves no room is cut, and told apart by its hash.
 */
export function recordName(migration: string, node: string): string {
  const name = `${migration}.${node}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(node).digest('hex').slice(0, 10);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1).replace(/[-.]+$/, '')}-${hash}`;
}

/** The resourceVersion is what guards a status: the API server ignores a uid there. A conflict ends the pass. */
export async function writeRecord(record: RecordWrite, hands: Hands): Promise<void> {
  const { client, migration } = hands;
  const resourceVersion = record.resourceVersion ?? (await ensureRecord(record, client, migration));
  const metadata = { name: recordName(migration.metadata.name, record.node), resourceVersion };
  const object = { apiVersion: API_VERSION, kind: NODE_MIGRATIONS.kind, metadata, status: record.status };
  const written = await client.apply(NODE_MIGRATIONS, object, { subresource: 'status' });
  const event = eventOf(record, written);
  if (event !== undefined) hands.event(event);
}

async function ensureRecord(
  { node, nodeUID }: RecordWrite,
  client: Client,
  migration: ProxyModeMigration,
): Promise<string | undefined> {
  const name = recordName(migration.metadata.name, node);
  const spec: NodeMigrationSpec = {
    migration: migration.metadata.name,
    nodeName: node,
    nodeUID,
    mode: migration.spec.mode,
  };
  try {
    return (await client.create(NODE_MIGRATIONS, newRecord(name, spec, migration))).metadata.resourceVersion;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    return adoptRecord(name, spec, client, migration);
  }
}

function newRecord(name: string, spec: NodeMigrationSpec, { metadata }: ProxyModeMigration): NodeMigration {
  const owner = {
    apiVersion: API_VERSION,
    kind: PROXY_MODE_MIGRATIONS.kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    // Without blockOwnerDeletion: where owner references are guarded (OpenShift), it would need a right on the owner's finalizers.
    controller: true,
  };
  return {
    apiVersion: API_VERSION,
    kind: NODE_MIGRATIONS.kind,
    metadata: { name, labels: { [LABEL_MIGRATION]: metadata.name }, ownerReferences: [owner] },
    spec,
  };
}

/** It is there already: ours from a request whose answer was lost, of a node since re-created, or of a deleted namesake. */
async function adoptRecord(
  name: string,
  spec: NodeMigrationSpec,
  client: Client,
  migration: ProxyModeMigration,
): Promise<string | undefined> {
  const found = await client.get(NODE_MIGRATIONS, { name });
  const ours = found?.metadata.ownerReferences?.some(({ uid }) => uid === migration.metadata.uid) === true;
  if (found === undefined || !ours) {
    throw new TemporaryError(`NodeMigration ${name} of a deleted migration is still being collected`, 1000);
  }
  const { resourceVersion } = found.metadata;
  if (found.spec.nodeUID === spec.nodeUID) return resourceVersion;
  const patch = { metadata: { resourceVersion }, spec: { nodeUID: spec.nodeUID } };
  return (await client.mergePatch(NODE_MIGRATIONS, { name }, patch)).metadata.resourceVersion;
}
