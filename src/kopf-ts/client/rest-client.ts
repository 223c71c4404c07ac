// The Client of types.ts over the Kubernetes REST API: one function per verb, each saying how it may be repeated.
import { apiVersion, refOf, resourceName } from '../resource-key.ts';
import type { Client, KubeObject, ObjectList, Resource, Selection, WriteOptions } from '../types.ts';
import { parseBody } from './api-status.ts';
import { collectionPath, describePlace, on } from './paths.ts';
import { deleteCollection, deleteObject } from './delete-object.ts';
import { listPages } from './list-pages.ts';
import type { Executor } from './exec.ts';
import type { PortForwarder } from './port-forward.ts';
import { LARGEST_ANSWER, type RequestSpec } from './request.ts';
import type { Requester } from './retry.ts';

const MERGE_PATCH = 'application/merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';
export const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

const VERSION = {
  verb: 'get',
  resource: 'version',
  place: 'of the API server',
  path: '/version',
  method: 'GET',
  repeat: 'always',
} as const;

const GROUPS = { ...VERSION, resource: 'apis', path: '/apis' } as const;

/** What is spoken to pods over sockets of their own. */
export type PodStreams = { readonly portForward: PortForwarder; readonly exec: Executor };

export function createRestClient(requester: Requester, fieldManager: string, streams: PodStreams): Client {
  const write = { fieldManager };

  async function send<T>(spec: RequestSpec): Promise<T> {
    return parseBody<T>(spec, await requester.request(spec));
  }

  return {
    async get(resource, ref, options) {
      const spec = {
        ...on(resource, ref),
        verb: 'get',
        method: 'GET',
        repeat: 'always',
        signal: options?.signal,
      } as const;
      const reply = await requester.request(spec, [404]);
      return reply.status === 404 ? undefined : parseBody(spec, reply);
    },
    async list<T extends KubeObject>(
      resource: Resource<T>,
      selection: Selection & { readonly pageSize?: number; readonly project?: (object: T) => T } = {},
      options?: { readonly signal?: AbortSignal },
    ): Promise<ObjectList<T>> {
      const { pageSize, project = (object: T) => object } = selection;
      return listPages(requester, resource, selection, { pageSize, project, signal: options?.signal });
    },
    create: async (resource, object, options) =>
      send({
        verb: 'create',
        resource: resourceName(resource),
        place: describePlace(resource, object.metadata),
        path: collectionPath(resource, object.metadata.namespace),
        method: 'POST',
        query: write,
        body: typed(resource, object),
        repeat: 'refused',
        ...control(options),
      }),
    apply: async (resource, object, options) =>
      send({
        ...on(resource, refOf(object as KubeObject), options?.subresource),
        verb: 'patch',
        method: 'PATCH',
        query: { ...write, force: 'true' },
        body: typed(resource, object as KubeObject),
        contentType: APPLY_PATCH,
        // Applying the same intent twice is the same as once, unless it was tied to one version of the object.
        repeat: (object as KubeObject).metadata.resourceVersion === undefined ? 'always' : 'refused',
        ...control(options),
      }),
    mergePatch: async (resource, ref, patch, options) =>
      send({
        ...on(resource, ref, options?.subresource),
        verb: 'patch',
        method: 'PATCH',
        query: write,
        body: patch,
        contentType: MERGE_PATCH,
        repeat: 'refused',
        ...control(options),
      }),
    replace: async (resource, object, options) =>
      send({
        ...on(resource, refOf(object)),
        verb: 'update',
        method: 'PUT',
        query: write,
        body: typed(resource, object),
        repeat: 'refused',
        ...control(options),
      }),
    delete: (resource, ref, options) => deleteObject(requester, resource, ref, options ?? {}),
    deleteCollection: (resource, selection, options) => deleteCollection(requester, resource, selection, options ?? {}),
    async podLog(pod, options) {
      const { signal, guard, ...settings } = options;
      const query = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
      const spec = {
        ...on(PODS, pod, 'log'),
        verb: 'get',
        method: 'GET',
        query,
        accept: '*/*',
        repeat: 'always',
        limitBytes: Math.min(settings.limitBytes ?? LARGEST_ANSWER, LARGEST_ANSWER),
        mayCut: true,
        signal,
        guard,
      } as const;
      return (await requester.request(spec)).text;
    },
    async version(options) {
      const reply = await send<{ readonly gitVersion: string }>({ ...VERSION, signal: options?.signal });
      return reply.gitVersion;
    },
    async apiGroups(options) {
      const reply = await send<{ readonly groups?: readonly { readonly name: string }[] }>({
        ...GROUPS,
        signal: options?.signal,
      });
      return new Set((reply.groups ?? []).map(({ name }) => name));
    },
    portForward: (pod, port, options) => streams.portForward(pod, port, options),
    exec: (pod, options) => streams.exec(pod, options),
  };
}

function typed(resource: Resource, object: KubeObject): KubeObject {
  return { ...object, apiVersion: apiVersion(resource), kind: resource.kind };
}

function control(options: WriteOptions | undefined): Pick<RequestSpec, 'signal' | 'guard'> {
  return { signal: options?.signal, guard: options?.guard };
}
