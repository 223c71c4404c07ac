// The API's own way to say no: every refusal is a `StatusError`, and the server sends it as a metav1.Status. Messages follow
// k8s.io/apimachinery pkg/api/errors, because clients and people match on them.
import type { Resource } from 'kopf-ts';

export type StatusCause = { readonly reason?: string; readonly message: string; readonly field?: string };

type Details = {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
};

/** An answer with `status: Failure`. `reason` is '' where the API sends none. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  readonly details: Details | undefined;

  constructor(code: number, reason: string, message: string, details?: Details) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

export function statusOf(error: StatusError): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason === '' ? {} : { reason: error.reason }),
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.code,
  };
}

/** `nodes`, `daemonsets.apps`: how messages name a resource. */
function qualified(name: string, group: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf(resource: Pick<Resource, 'group' | 'plural'>, name: string): Details {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${qualified(resource.plural, resource.group)} "${name}" not found`,
    detailsOf(resource, name),
  );
}

/** No such path or resource at all. */
export function noSuchResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(resource, name));
}

/** `what` is the plural, or the kind where the API server itself uses the kind (delete preconditions). */
export function conflict(resource: Resource, name: string, why: string, what = resource.plural): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(what, resource.group)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, { ...detailsOf(resource, name), kind: what });
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** `what` is the kind, or the plural where the API server itself uses the plural. */
export function invalid(
  resource: Resource,
  name: string,
  causes: readonly StatusCause[],
  what = resource.kind,
): StatusError {
  const list = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const all = list.length === 1 ? list[0] : `[${list.join(', ')}]`;
  const message = `${qualified(what, resource.group)} "${name}" is invalid: ${all}`;
  return new StatusError(422, 'Invalid', message, { ...detailsOf(resource, name), kind: what, causes });
}

/** A refusal of the request's own options: `kind` is DeleteOptions, PatchOptions and the like. */
export function invalidOptions(kind: string, cause: StatusCause): StatusError {
  return invalid({ group: 'meta.k8s.io', version: 'v1', plural: '', kind, namespaced: false }, '', [cause]);
}

export function forbidden(resource: Pick<Resource, 'group' | 'plural'>, name: string, why: string): StatusError {
  const subject = `${qualified(resource.plural, resource.group)}${name === '' ? '' : ` "${name}"`}`;
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, detailsOf(resource, name));
}

/** A watch from, or a page of, a version the history no longer has. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function tooOldVersion(asked: number, oldest: number): StatusError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function notAcceptable(offered: readonly string[]): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${offered.join(', ')}`);
}

export function internalError(why: string): StatusError {
  const causes = [{ message: why }];
  return new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, { causes });
}
