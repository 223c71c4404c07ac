// Turns an unsuccessful answer (or none) into an ApiError that says what was attempted, where, and what came back.
import { ApiError } from '../errors.ts';
import { isWrite, type Attempt, type Reply, type RequestSpec } from './request.ts';

/** The parts of a `Status` object that are read here. */
export type ApiStatus = {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
};

/** Writes the server refused for certain: it answered, and not from behind a failing backend. */
export function isRefusal(attempt: Attempt): boolean {
  if (attempt.kind === 'no-reply') return !attempt.sent;
  if (attempt.status === 503) return attempt.retryAfter !== undefined;
  return attempt.status < 500;
}

/**
 * @param uncertain an earlier attempt at the same write may have been carried out, so that a refusal of this one (already
 * exists, conflict, gone) proves nothing.
 */
export function toApiError(spec: RequestSpec, attempt: Attempt, uncertain = false): ApiError {
  const attempted = `cannot ${spec.verb} ${spec.resource} ${spec.place}`;
  const outcome = isWrite(spec) && (uncertain || !isRefusal(attempt)) ? 'unknown' : 'refused';
  const common = { verb: spec.verb, resource: spec.resource, outcome } as const;
  if (attempt.kind === 'no-reply') {
    const message = `${attempted}: ${attempt.message}`;
    return new ApiError(message, { ...common, status: 0, reason: attempt.code, cause: attempt.cause });
  }
  const status = parseStatus(attempt.text);
  const reason = status.reason ?? `HTTP ${attempt.status}`;
  const said = status.message ?? attempt.text.slice(0, 200);
  const retryAfter = attempt.retryAfter ?? inMilliseconds(status.details?.retryAfterSeconds);
  return new ApiError(`${attempted}: ${reason}: ${said}`, {
    ...common,
    status: attempt.status,
    reason,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** The body of a success. One that is not JSON (a proxy's page, a cut-off body) is as good as no answer. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it asked for
export function parseBody<T>(spec: RequestSpec, reply: Reply): T {
  try {
    return JSON.parse(reply.text) as T;
  } catch (error) {
    const message = `the answer is not JSON: ${reply.text.slice(0, 80)}`;
    throw toApiError(spec, {
      kind: 'no-reply',
      code: 'InvalidBody',
      message,
      sent: true,
      aborted: false,
      cause: error,
    });
  }
}

function inMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined || seconds <= 0 ? undefined : seconds * 1000;
}

/** Proxies and load balancers answer with HTML or nothing: then there is no Status, and that is not an error of its own. */
function parseStatus(text: string): ApiStatus {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status'
      ? (body as ApiStatus)
      : {};
  } catch {
    return {};
  }
}
