// Every request the server got, in the order of arrival: what tests and benchmarks count.
import type { RequestInfo, Target, Verb } from './request-info.ts';

export type LoggedRequest = {
  readonly verb: Verb;
  readonly method: string;
  readonly path: string;
  /** '' for the core group and for what is no resource. */
  readonly group: string;
  /** The plural; '' for discovery and the like. */
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** Of a list or watch of one object, the one its field selector names. */
  readonly name: string | undefined;
  readonly user: string;
  readonly userAgent: string;
  /** The clock's time of arrival, in milliseconds since the epoch. */
  readonly at: number;
  /** undefined while it is in flight, 0 when the connection went without an answer. */
  readonly status: number | undefined;
};

/** What a request must be to match; what is left out matches anything. */
export type Match = {
  readonly verb?: Verb | readonly Verb[];
  /** The plural, or `pods/portforward` with a subresource; without one only the resource itself is meant. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly user?: string;
  /** A part of the User-Agent header. */
  readonly userAgent?: string;
};

export type RequestLog = {
  readonly entries: readonly LoggedRequest[];
  /** POST, PUT, PATCH and DELETE, in order, without leases and events: what changes the cluster. */
  writes(match?: Match): readonly LoggedRequest[];
  countBy(key: (request: LoggedRequest) => string, match?: Match): ReadonlyMap<string, number>;
  clear(): void;
};

const WRITES: readonly Verb[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** A write that counts: the heartbeat of an election and the telling of events do not. */
export function isEffectiveWrite(request: LoggedRequest): boolean {
  return (
    WRITES.includes(request.verb) &&
    request.resource !== 'leases' &&
    request.resource !== 'events' &&
    request.resource !== ''
  );
}

export function resourceName(request: { readonly resource: string; readonly subresource: string | undefined }): string {
  return request.subresource === undefined ? request.resource : `${request.resource}/${request.subresource}`;
}

export function matches(match: Match, request: LoggedRequest): boolean {
  const same = <T>(wanted: T | undefined, actual: T | undefined) => wanted === undefined || wanted === actual;
  return (
    (match.verb === undefined || [match.verb].flat().includes(request.verb)) &&
    same(match.resource, resourceName(request)) &&
    same(match.namespace, request.namespace) &&
    same(match.name, request.name) &&
    same(match.user, request.user) &&
    request.userAgent.includes(match.userAgent ?? '')
  );
}

/** A request as it arrives: without its status yet. */
export function loggedRequest(
  info: RequestInfo,
  from: Pick<LoggedRequest, 'user' | 'userAgent' | 'at'>,
): LoggedRequest {
  const { verb, method, path, query, target = NO_TARGET } = info;
  const { group, plural: resource, subresource, namespace } = target;
  const name = target.name ?? /^metadata\.name=([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  return { verb, method, path, group, resource, subresource, namespace, name, ...from, status: undefined };
}

const NO_TARGET: Target = {
  group: '',
  version: '',
  plural: '',
  namespace: undefined,
  name: undefined,
  subresource: undefined,
};

type Recorder = RequestLog & { record(request: LoggedRequest): { finish(status: number): void } };

export function createRequestLog(): Recorder {
  const entries: LoggedRequest[] = [];
  const matching = (match: Match) => entries.filter((request) => matches(match, request));
  return {
    entries,
    writes: (match = {}) => matching(match).filter(isEffectiveWrite),
    countBy(key, match = {}) {
      const counts = new Map<string, number>();
      for (const request of matching(match)) counts.set(key(request), (counts.get(key(request)) ?? 0) + 1);
      return counts;
    },
    clear() {
      entries.length = 0;
    },
    record(request) {
      const entry: { -readonly [key in keyof LoggedRequest]: LoggedRequest[key] } = request;
      entries.push(entry);
      return {
        finish(status) {
          entry.status ??= status;
        },
      };
    },
  };
}
