// Asked before anything is changed: may this operator do all that the rest of a migration needs? A right that is missing
// after a node has been made ready, or after the ConfigMap has been edited, would leave nodes that can be neither switched
// nor given back.
import { ApiError, type Client, type KubeObject, type Resource } from 'kopf-ts';
import type { MigrationSpec } from '../api/migration.ts';
import type { Located } from '../kubeproxy/locate.ts';
import type { Plan } from '../rollout/decision.ts';
import { isAssist } from '../rollout/assist-spec.ts';
import type { Observed } from '../rollout/observed.ts';

type Attributes = {
  readonly verb: string;
  /** The core group when left out. */
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Everywhere when left out. */
  readonly namespace?: string;
  readonly name?: string;
};

type Review = KubeObject & {
  readonly spec: { readonly resourceAttributes: Attributes };
  readonly status?: { readonly allowed?: boolean };
};

const REVIEWS: Resource<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

type Decided = Pick<Plan, 'edit' | 'tasks' | 'status'>;
type RightsWorld = Pick<Observed, 'migration' | 'kubeProxy'>;

export type RightsWanted = {
  readonly kubeProxy: Located;
  readonly spec: Pick<MigrationSpec, 'kubeProxy' | 'nodeAccess' | 'rollout' | 'verify'>;
  /** The operator's own. */
  readonly namespace: string;
};

/** Asks once for each question a migration is about: before it starts, so before a node is made ready or the ConfigMap edited. */
export class RightsCheck {
  readonly #client: Client;
  readonly #namespace: string;
  /** By migration. */
  readonly #granted = new Map<string, string>();

  constructor(client: Client, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** Throws an ApiError, see `ensureRights`. The way back is never held up: it is tried with what rights there are. */
  async before(decided: Decided, { migration, kubeProxy }: RightsWorld): Promise<void> {
    const { edit, tasks, status } = decided;
    const starts = status.startedAt !== undefined && migration.status.startedAt === undefined;
    const begins = starts || edit?.why === 'switch' || tasks.some(({ kind }) => kind === 'prepare');
    const question = JSON.stringify([migration.uid, migration.generation, migration.retry]);
    if (!begins || this.#granted.get(migration.name) === question) return;
    await ensureRights(this.#client, { kubeProxy, spec: migration.spec, namespace: this.#namespace });
    this.#granted.set(migration.name, question);
  }

  forget(migration: string): void {
    this.#granted.delete(migration);
  }
}

/** Throws as the API server itself would refuse: an `ApiError` with status 403 that names verb and resource. */
export async function ensureRights(client: Client, wanted: RightsWanted): Promise<void> {
  const needed = [...neededForKubeProxy(wanted), ...neededForNodes(wanted), ...neededForAudits(wanted)];
  const answers = await Promise.all(needed.map((attributes) => isAllowed(client, attributes)));
  const missing = needed.find((_, index) => answers[index] === false);
  if (missing === undefined) return;
  const { verb, namespace } = missing;
  const resource = [missing.resource, missing.subresource].filter(Boolean).join('/');
  const where = namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`;
  const message = `cannot ${verb} ${resource} ${where}: the operator lacks this right; nothing was changed`;
  throw new ApiError(message, { status: 403, reason: 'Forbidden', verb, resource, outcome: 'refused' });
}

function neededForKubeProxy({ kubeProxy: { namespace, configMap: name }, spec }: RightsWanted): readonly Attributes[] {
  const patch = { verb: 'patch', resource: 'configmaps', namespace, name };
  // Units share a ConfigMap that is the migration's own; everything else of them is done over SSH.
  if (spec.kubeProxy?.type === 'Systemd') return [{ verb: 'create', resource: 'configmaps', namespace }, patch];
  const log = { verb: 'get', resource: 'pods', subresource: 'log', namespace };
  // Somebody else makes the change.
  if (isAssist(spec)) return [log];
  return [patch, { verb: 'delete', resource: 'pods', namespace }, log];
}

/**
 * What each way to nodes needs to the end. Not asked for is what has just been used to read and to look at every node, and
 * whose refusal is told there: to list, watch and create helper pods, and to open streams to them.
 */
function neededForNodes({ kubeProxy, spec, namespace }: RightsWanted): readonly Attributes[] {
  const { type, ssh } = spec.nodeAccess;
  switch (type) {
    case 'None':
      // A WebSocket is a GET, which needs the right to create as well from 1.35 on.
      return ['get', 'create'].map((verb) => ({
        verb,
        resource: 'pods',
        subresource: 'portforward',
        namespace: kubeProxy.namespace,
      }));
    case 'SSH':
      if (ssh === undefined) return [];
      return [
        { verb: 'get', resource: 'secrets', namespace, name: ssh.secretRef.name },
        { verb: 'get', resource: 'configmaps', namespace, name: ssh.knownHosts.name },
      ];
    case 'Pod':
      return ['delete', 'deletecollection'].map((verb) => ({ verb, resource: 'pods', namespace }));
  }
}

/** What rules are compared with: without it every node with verify.audit Enforce would fail. */
function neededForAudits({ spec: { verify } }: RightsWanted): readonly Attributes[] {
  if ((verify.audit ?? 'Skip') === 'Skip') return [];
  return [
    { verb: 'list', resource: 'services' },
    { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
  ];
}

/** Where nobody answers such questions (404), or they are not ours to ask (403), the request itself will tell. */
async function isAllowed(client: Client, resourceAttributes: Attributes): Promise<boolean> {
  try {
    const review = await client.create(REVIEWS, { metadata: { name: '' }, spec: { resourceAttributes } });
    return review.status?.allowed !== false;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return true;
    throw error;
  }
}
