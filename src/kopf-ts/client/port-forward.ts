// One TCP stream to a port of a pod: pods/portforward over WebSocket, subprotocol v4.channel.k8s.io.
//
// For each forwarded port there are two channels, data (0) and error (1). A message's first byte is its channel; the
// first message of each channel carries the port number (two bytes, little endian) and nothing else. There is no
// half-close and no "the dial succeeded": a failed dial shows as text on the error channel, a moment after the port
// numbers. Source: k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go.
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { ApiError } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import type { Client, Ref } from '../types.ts';
import { toApiError } from './api-status.ts';
import { readBounded } from './bounded-body.ts';
import { createChannelStream } from './channel-stream.ts';
import type { CredentialSource } from './credentials.ts';
import { on } from './paths.ts';
import type { RequestSpec } from './request.ts';
import { PODS } from './rest-client.ts';

export type PortForwarder = Client['portForward'];

const PROTOCOL = 'v4.channel.k8s.io';
/** Bytes in one WebSocket message. The kubelet copies in pieces of 32 KiB. */
const LARGEST_MESSAGE = 1024 * 1024;
/** Bytes of a refused handshake that are read: a Status, or a proxy's page. */
const LONGEST_REFUSAL = 64 * 1024;

export function createPortForwarder(
  credentials: CredentialSource,
  userAgent: string,
  destroyed: AbortSignal,
): PortForwarder {
  return async (pod, port, options) => {
    const spec = { ...on(PODS, pod, 'portforward'), verb: 'create', method: 'GET', repeat: 'never' } as const;
    // The stream lives as long as these do; the deadline is only for getting it.
    const life = linkSignals(destroyed, options.signal);
    const expired = new Error(`not open within ${options.timeout} ms`);
    const timer = setTimeout(() => life.abort(expired), options.timeout);
    try {
      life.signal.throwIfAborted();
      return await dial(credentials, userAgent, { spec, pod, port, life });
    } catch (error) {
      life[Symbol.dispose]();
      throw error instanceof ApiError ? error : failure(spec, error, error === expired ? 'Timeout' : 'PortForward');
    } finally {
      clearTimeout(timer);
    }
  };
}

type Dial = {
  readonly spec: RequestSpec;
  readonly pod: Ref;
  readonly port: number;
  readonly life: ReturnType<typeof linkSignals>;
};

async function dial(credentials: CredentialSource, userAgent: string, target: Dial): Promise<Duplex> {
  const { spec, port, life } = target;
  const access = await credentials.current();
  const prefix = access.server.pathname.replace(/\/$/, '');
  const scheme = access.server.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(`${scheme}//${access.server.host}${prefix}${spec.path}?ports=${port}`, PROTOCOL, {
    ...access.socketOptions,
    headers: { ...access.headers, 'User-Agent': userAgent },
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE,
  });
  const refused = refusalOf(socket, spec);
  const stream = createChannelStream(socket, life);
  try {
    await Promise.race([stream.usable, refused]);
    return stream.duplex;
  } catch (error) {
    stream.duplex.destroy();
    throw error;
  }
}

/** Rejects when the server answers the handshake with anything but 101: then there is a Status to read (403, 404, 500). */
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

function failure(spec: RequestSpec, error: unknown, reason: string): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(`cannot ${spec.verb} ${spec.resource} ${spec.place}: ${message}`, {
    status: 0,
    reason,
    verb: spec.verb,
    resource: spec.resource,
    outcome: 'refused',
    cause: error,
  });
}
