// What a request is about, read off its method and URL before anything else is looked at: apiserver's RequestInfo.

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** `/api/v1/namespaces/kube-system/pods/x/log` and its like. */
export type Target = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
};

export type RequestInfo = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: Verb;
  /** undefined for discovery, health and everything else that is no resource. */
  readonly target: Target | undefined;
};

export function requestInfo(method: string, url: string): RequestInfo {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const target = targetOf(
    pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent),
  );
  return { method, path: pathname, query, verb: verbOf(method, target, query), target };
}

function targetOf(parts: readonly string[]): Target | undefined {
  const [root, ...rest] = parts;
  if (root === 'api' && rest.length > 1) return resourceTarget({ group: '', version: rest[0] ?? '' }, rest.slice(1));
  if (root === 'apis' && rest.length > 2)
    return resourceTarget({ group: rest[0] ?? '', version: rest[1] ?? '' }, rest.slice(2));
  return undefined;
}

/** Below `namespaces/<name>` everything but these is a resource in that namespace. */
const OF_THE_NAMESPACE = ['status', 'finalize'];

function resourceTarget(api: { group: string; version: string }, path: readonly string[]): Target {
  const [first = '', second, third] = path;
  if (first === 'namespaces' && second !== undefined && third !== undefined && !OF_THE_NAMESPACE.includes(third)) {
    return { ...api, namespace: second, plural: third, name: path[3], subresource: path[4] };
  }
  return { ...api, namespace: undefined, plural: first, name: second, subresource: third };
}

function verbOf(method: string, target: Target | undefined, query: URLSearchParams): Verb {
  const named = target?.name !== undefined;
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      if (isTrue(query.get('watch')) && target?.subresource === undefined) return 'watch';
      return named || target === undefined ? 'get' : 'list';
  }
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}
