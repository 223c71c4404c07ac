// What is true of a migration at the moment a node is reached for it.
import type { Cache } from 'kopf-ts';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../api/kinds.ts';
import { API_VERSION } from '../api/names.ts';
import type { Present } from './node-access.ts';
import type { NodeObject } from './resources.ts';
import { listedAddress } from './unit-nodes.ts';
import type { UnitWatch } from './unit-watch.ts';

/**
 * `imageOf`: that of a node's kube-proxy. Helper pods go with the migration, whatever becomes of the operator.
 * `units`: what is known of machines without a Node object.
 */
export function presentOf(
  migration: ProxyModeMigration | undefined,
  imageOf: Present['imageOf'],
  nodes: Pick<Cache<NodeObject>, 'get'>,
  units?: Pick<UnitWatch, 'look'>,
): Present | undefined {
  if (migration === undefined) return undefined;
  const { name, uid = '' } = migration.metadata;
  const { spec } = migration;
  const statusOf = (node: string): NodeObject['status'] => nodes.get({ name: node })?.status;
  return {
    spec,
    owner: { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, name, uid },
    imageOf,
    kernelOf: (node) => statusOf(node)?.nodeInfo?.kernelVersion ?? units?.look(node)?.seen?.facts.kernelRelease ?? '',
    addressOf: (node) => listedAddress(spec, node) ?? statusOf(node)?.addresses?.[0]?.address,
  };
}
