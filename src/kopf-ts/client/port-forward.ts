// One TCP stream to a port of a pod: pods/portforward over WebSocket, subprotocol v4.channel.k8s.io.
//
// For each forwarded port there are two channels, data (0) and error (1). A message's first byte is its channel; the
// first message of each channel carries the port number (two bytes, little endian) and nothing else. There is no
// half-close and no "the dial succeeded": a failed dial shows as text on the error channel, a moment after the port
// numbers. Source: k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go.
import type { Duplex } from 'node:stream';
import { ApiError } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import type { Client, Ref } from '../types.ts';
import { createChannelStream } from './channel-stream.ts';
import type { CredentialSource } from './credentials.ts';
import { on } from './paths.ts';
import type { RequestSpec } from './request.ts';
import { PODS } from './rest-client.ts';
import { dialSocket, socketFailure } from './web-socket.ts';

export type PortForwarder = Client['portForward'];

const PROTOCOLS = ['v4.channel.k8s.io'];

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
      const reason = error === expired ? 'Timeout' : 'PortForward';
      throw error instanceof ApiError ? error : socketFailure(spec, error, { reason });
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
  const query = new URLSearchParams({ ports: String(port) });
  const { socket, refused } = await dialSocket(credentials, userAgent, { spec, query, protocols: PROTOCOLS });
  const stream = createChannelStream(socket, life);
  try {
    await Promise.race([stream.usable, refused]);
    return stream.duplex;
  } catch (error) {
    stream.duplex.destroy();
    throw error;
  }
}
