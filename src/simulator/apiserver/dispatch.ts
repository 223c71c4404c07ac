// Which handler answers a request. Unknown paths and resources are 404, methods a resource does not have 405.
import type { Answer, Call, ResourceCall } from './call.ts';
import { json } from './call.ts';
import { deleteCollection, deleteObject } from './delete.ts';
import { discoveryDocument } from './discovery.ts';
import { openApiDocument } from './openapi.ts';
import { podLog } from './pod-log.ts';
import { patchObject } from './patch.ts';
import { getObject, listObjects } from './read.ts';
import type { Registry } from './registry.ts';
import type { Target } from './request-info.ts';
import type { Served } from './served.ts';
import { methodNotAllowed, noSuchResource } from './status-errors.ts';
import { watchObjects } from './watch.ts';
import { createObject, replaceObject } from './write.ts';

const HEALTH = ['/healthz', '/livez', '/readyz'];

/** The resource a path is about. Throws NotFound where its group has none like it, or it is asked for at the wrong scope. */
export function servedAt(registry: Registry, target: Target | undefined): Served | undefined {
  if (target === undefined || !registry.has(target.group, target.version)) return undefined;
  const served = registry.find(target.group, target.version, target.plural);
  if (served === undefined || !hasScope(served, target)) throw noSuchResource();
  return served;
}

/** Namespaced objects are below their namespace; only lists and watches may go across all of them. */
function hasScope({ resource }: Served, { namespace, name }: Target): boolean {
  return resource.namespaced ? namespace !== undefined || name === undefined : namespace === undefined;
}

export function dispatch(call: Call, served: Served | undefined): Answer | Promise<Answer> {
  const { target } = call.info;
  if (target === undefined || served === undefined) return answerPath(call);
  const resourceCall: ResourceCall = { ...call, served, namespace: target.namespace, subresource: target.subresource };
  if (target.subresource !== undefined) return subresource(resourceCall, target.name ?? '', target.subresource);
  return target.name === undefined ? collection(resourceCall) : object(resourceCall, target.name);
}

function answerPath({ info, server }: Call): Answer {
  if (HEALTH.some((path) => info.path === path || info.path.startsWith(`${path}/`)))
    return { kind: 'text', code: 200, body: 'ok' };
  const served = server.registry.all();
  const document = discoveryDocument(info.path, served, server.version) ?? openApiDocument(info.path, served);
  // Outside of the API proper it is Go's own HTTP server that answers.
  if (document === undefined) return { kind: 'text', code: 404, body: '404 page not found\n' };
  if (info.method !== 'GET') throw methodNotAllowed();
  return json(document);
}

function collection(call: ResourceCall): Answer | Promise<Answer> {
  switch (call.info.verb) {
    case 'list':
      return listObjects(call);
    case 'watch':
      return watchObjects(call);
    case 'create':
      if (call.served.resource.namespaced && call.namespace === undefined) throw methodNotAllowed();
      return createObject(call);
    case 'deletecollection':
      return deleteCollection(call);
    default:
      throw methodNotAllowed();
  }
}

function object(call: ResourceCall, name: string): Answer | Promise<Answer> {
  switch (call.info.verb) {
    case 'get':
      return getObject(call, name);
    case 'watch':
      call.info.query.set('fieldSelector', `metadata.name=${name}`);
      return watchObjects(call);
    case 'update':
      return replaceObject(call, name);
    case 'patch':
      return patchObject(call, name);
    case 'delete':
      return deleteObject(call, name);
    default:
      throw methodNotAllowed();
  }
}

function subresource(call: ResourceCall, name: string, kind: string): Answer | Promise<Answer> {
  const isPod = call.served.resource.group === '' && call.served.resource.plural === 'pods';
  if (kind === 'log' && isPod && call.info.verb === 'get') return podLog(call, name);
  if (kind !== 'status' || !call.served.status) throw noSuchResource();
  switch (call.info.verb) {
    case 'get':
      return getObject(call, name);
    case 'update':
      return replaceObject(call, name);
    case 'patch':
      return patchObject(call, name);
    default:
      throw methodNotAllowed();
  }
}
