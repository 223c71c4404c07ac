// A WebSocket to a subresource of a pod, and what the server says when it will not open one. What is spoken over it is the
// business of port-forward.ts and exec.ts.
import { WebSocket } from 'ws';
import { ApiError, messageOf } from '../errors.ts';
import { toApiError } from './api-status.ts';
import { readBounded } from './bounded-body.ts';
import type { CredentialSource } from './credentials.ts';
import type { RequestSpec } from './request.ts';

/** Bytes in one WebSocket message. The kubelet copies in pieces of 32 KiB. */
const LARGEST_MESSAGE = 1024 * 1024;
/** Bytes of a refused handshake that are read: a Status, or a proxy's page. */
const LONGEST_REFUSAL = 64 * 1024;

export type Dialled = {
  readonly socket: WebSocket;
  /** Rejects, with an ApiError, when the server answers the handshake with anything but 101; never resolves. */
  readonly refused: Promise<never>;
};

/** @param query appended to the path as it is. @param protocols subprotocols, the preferred first. */
export async function dialSocket(
  credentials: CredentialSource,
  userAgent: string,
  { spec, query, protocols }: { spec: RequestSpec; query: URLSearchParams; protocols: readonly string[] },
): Promise<Dialled> {
  const access = await credentials.current();
  const prefix = access.server.pathname.replace(/\/$/, '');
  const scheme = access.server.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(
    `${scheme}//${access.server.host}${prefix}${spec.path}?${query.toString()}`,
    [...protocols],
    {
      ...access.socketOptions,
      headers: { ...access.headers, 'User-Agent': userAgent },
      perMessageDeflate: false,
      maxPayload: LARGEST_MESSAGE,
    },
  );
  return { socket, refused: refusalOf(socket, spec) };
}

/** There is a Status to read then (403, 404, 500). */
function refusalOf(socket: WebSocket, spec: RequestSpec): Promise<never> {
  const refusal = new Promise<never>((_resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      const { statusCode: status = 0 } = response;
      readBounded(response, LONGEST_REFUSAL).then(
        ({ text }) => reject(toApiError(spec, { kind: 'reply', status, retryAfter: undefined, text })),
        reject,
      );
    });
  });
  refusal.catch(() => {
    // Awaited only while dialling; a later rejection has no one to tell and changes nothing.
  });
  return refusal;
}

/** What went wrong without an answer of the server. `unknown`: what was asked for may have happened. */
export function socketFailure(
  spec: RequestSpec,
  error: unknown,
  { reason, outcome = 'refused' }: { reason: string; outcome?: ApiError['outcome'] },
): ApiError {
  const message = messageOf(error);
  return new ApiError(`cannot ${spec.verb} ${spec.resource} ${spec.place}: ${message}`, {
    status: 0,
    reason,
    verb: spec.verb,
    resource: spec.resource,
    outcome,
    cause: error,
  });
}
