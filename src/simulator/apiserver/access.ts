// Who may do what: everybody everything, except what a test has denied. The refusal reads like RBAC's.
import type { Resource } from 'kopf-ts';
import { matches, type LoggedRequest, type Match, resourceName } from './request-log.ts';
import { forbidden } from './status-errors.ts';
import type { Verb } from './request-info.ts';

export type Access = {
  /** Denies what matches until the returned function is called. */
  deny(match: Match): () => void;
  /** Throws Forbidden. */
  check(request: LoggedRequest, resource: Resource): void;
};

export function createAccess(): Access {
  const denied = new Set<Match>();

  function isDenied(request: LoggedRequest): boolean {
    return [...denied].some((match) => matches(match, request));
  }

  return {
    deny(match) {
      denied.add(match);
      return () => {
        denied.delete(match);
      };
    },
    check(request, resource) {
      const verb = verbsOf(request).find((candidate) => isDenied({ ...request, verb: candidate }));
      if (verb !== undefined) throw refusal({ ...request, verb }, resource);
    },
  };
}

/** A stream to a pod over WebSocket is a GET that needs the verb create as well (since 1.35). */
function verbsOf(request: LoggedRequest): readonly Verb[] {
  const isStream = request.subresource === 'portforward' || request.subresource === 'exec';
  return isStream ? ['get', 'create'] : [request.verb];
}

function refusal(request: LoggedRequest, resource: Resource): Error {
  const where = request.namespace === undefined ? 'at the cluster scope' : `in the namespace "${request.namespace}"`;
  const what = `cannot ${request.verb} resource "${resourceName(request)}" in API group "${resource.group}" ${where}`;
  return forbidden(resource, request.name ?? '', `User "${request.user}" ${what}`);
}
