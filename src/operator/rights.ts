// Asked before anything is changed: may this operator do all that the rest of a migration needs? A right that is missing
// after the ConfigMap has been edited would leave nodes that can be neither switched nor given back.
import { ApiError, type Client, type KubeObject, type Resource } from 'kopf-ts';
import type { Located } from '../kubeproxy/locate.ts';

type Attributes = {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace: string;
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

function needed({ namespace, configMap }: Located): readonly Attributes[] {
  return [
    { verb: 'patch', resource: 'configmaps', namespace, name: configMap },
    { verb: 'delete', resource: 'pods', namespace },
    { verb: 'get', resource: 'pods', subresource: 'portforward', namespace },
    { verb: 'create', resource: 'pods', subresource: 'portforward', namespace },
    { verb: 'get', resource: 'pods', subresource: 'log', namespace },
  ];
}

/** Of a migration of systemd kube-proxies: its one ConfigMap is its own. Everything else is done over SSH. */
function neededForUnits({ namespace, configMap }: Located): readonly Attributes[] {
  return [
    { verb: 'create', resource: 'configmaps', namespace },
    { verb: 'patch', resource: 'configmaps', namespace, name: configMap },
  ];
}

/** Throws as the API server itself would refuse: an `ApiError` with status 403 that names verb and resource. */
export async function ensureRights(client: Client, where: Located, isOfUnits = false): Promise<void> {
  for (const attributes of isOfUnits ? neededForUnits(where) : needed(where)) {
    if (await isAllowed(client, attributes)) continue;
    const { verb, namespace } = attributes;
    const resource = [attributes.resource, attributes.subresource].filter(Boolean).join('/');
    const message = `cannot ${verb} ${resource} in namespace "${namespace}": the operator lacks this right; nothing was changed`;
    throw new ApiError(message, { status: 403, reason: 'Forbidden', verb, resource, outcome: 'refused' });
  }
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
