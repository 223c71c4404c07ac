// Who may do what: everybody everything, except what a test has denied, and users who are held to what they may. The refusal reads
// like RBAC's.
import { matches, type LoggedRequest, type Match, resourceName } from './request-log.ts';
import { forbidden } from './status-errors.ts';
import type { Verb } from './request-info.ts';

export type Access = {
  /** Denies what matches until the returned function is called. */
  deny(match: Match): () => void;
  /** From now on this user may do nothing but what is said here; every verb a request needs is asked for by itself. */
  hold(user: string, may: (request: LoggedRequest) => boolean): void;
  /** Throws Forbidden: also where there is no such resource, because it is asked first who may ask. */
  check(request: LoggedRequest): void;
};

export function createAccess(): Access {
  const denied = new Set<Match>();
  const held = new Map<string, (request: LoggedRequest) => boolean>();

  function isDenied(request: LoggedRequest): boolean {
    if ([...denied].some((match) => matches(match, request))) return true;
    return held.get(request.user)?.(request) === false;
  }

  return {
    deny(match) {
      denied.add(match);
      return () => {
        denied.delete(match);
      };
    },
    hold: (user, may) => void held.set(user, may),
    check(request) {
      if (request.resource === '') return;
      const verb = verbsOf(request).find((candidate) => isDenied({ ...request, verb: candidate }));
      if (verb !== undefined) throw refusal({ ...request, verb });
    },
  };
}

/** A stream to a pod over WebSocket is a GET that needs the verb create as well (since 1.35). */
function verbsOf(request: LoggedRequest): readonly Verb[] {
  const isStream = request.subresource === 'portforward' || request.subresource === 'exec';
  return isStream ? ['get', 'create'] : [request.verb];
}

function refusal(request: LoggedRequest): Error {
  const where = request.namespace === undefined ? 'at the cluster scope' : `in the namespace "${request.namespace}"`;
  const what = `cannot ${request.verb} resource "${resourceName(request)}" in API group "${request.group}" ${where}`;
  return forbidden(
    { group: request.group, plural: request.resource },
    request.name ?? '',
    `User "${request.user}" ${what}`,
  );
}
