// Reading and writing the one Lease. Without the client's own retries: the election loop has deadlines of its own, and
// a repeated renewal that arrives late is worse than none.
import { parseBody } from '../client/api-status.ts';
import { collectionPath, on } from '../client/paths.ts';
import type { RequestSpec } from '../client/request.ts';
import type { Requester } from '../client/retry.ts';
import { apiVersion } from '../resource-key.ts';
import type { Ref } from '../types.ts';
import { LEASES, type Lease } from './lease.ts';

/** Real milliseconds for one exchange: several must fit into the renew deadline. */
const TIMEOUT = 5000;

export type LeaseApi = {
  read(signal: AbortSignal): Promise<Lease | undefined>;
  create(lease: Lease, signal: AbortSignal): Promise<Lease>;
  /** Conditional on `metadata.resourceVersion`. */
  replace(lease: Lease, signal: AbortSignal): Promise<Lease>;
};

export function createLeaseApi(requester: Requester, ref: Ref, fieldManager: string): LeaseApi {
  const target = { ...on(LEASES, ref), repeat: 'never', timeout: TIMEOUT } as const;
  const typed = (lease: Lease): Lease => ({ ...lease, apiVersion: apiVersion(LEASES), kind: LEASES.kind });
  const send = async (spec: RequestSpec): Promise<Lease> => parseBody(spec, await requester.request(spec));
  return {
    async read(signal) {
      const spec: RequestSpec = { ...target, verb: 'get', method: 'GET', signal };
      const reply = await requester.request(spec, [404]);
      return reply.status === 404 ? undefined : parseBody(spec, reply);
    },
    create: (lease, signal) =>
      send({
        ...target,
        path: collectionPath(LEASES, ref.namespace),
        query: { fieldManager },
        verb: 'create',
        method: 'POST',
        body: typed(lease),
        signal,
      }),
    replace: (lease, signal) =>
      send({ ...target, query: { fieldManager }, verb: 'update', method: 'PUT', body: typed(lease), signal }),
  };
}
