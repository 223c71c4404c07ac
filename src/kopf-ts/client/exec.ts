// One command in a container of a pod: pods/exec over WebSocket, subprotocol v5.channel.k8s.io, or v4 where that is not
// spoken (before Kubernetes 1.30). v5 differs in one thing: the client can say that stdin has ended.
//
// A message's first byte is its channel: 0 stdin, 1 stdout, 2 stderr, 3 the result, as a Status; 255 closes the channel
// its second byte names. Sources: KEP-4006; k8s.io/apimachinery/pkg/util/remotecommand/constants.go.
import { ApiError } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import type { Client, ExecOptions } from '../types.ts';
import type { CredentialSource } from './credentials.ts';
import { converse } from './exec-conversation.ts';
import { on } from './paths.ts';
import type { RequestSpec } from './request.ts';
import { PODS } from './rest-client.ts';
import { dialSocket, socketFailure } from './web-socket.ts';

export type Executor = Client['exec'];

const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';

export function createExecutor(credentials: CredentialSource, userAgent: string, destroyed: AbortSignal): Executor {
  return async (pod, options) => {
    const spec: RequestSpec = { ...on(PODS, pod, 'exec'), verb: 'create', method: 'GET', repeat: 'never' };
    // Without v5 a command that reads to the end of its input would never end.
    const protocols = options.stdin === undefined ? [V5, V4] : [V5];
    options.guard?.();
    using life = linkSignals(destroyed, options.signal);
    try {
      life.signal.throwIfAborted();
      const dialled = await dialSocket(credentials, userAgent, { spec, query: queryOf(options), protocols });
      return await converse(dialled, { spec, options, life: life.signal });
    } catch (error) {
      if (options.stdin !== undefined && isProtocolRefusal(error)) throw unsupported(spec, error);
      throw error instanceof ApiError ? error : socketFailure(spec, error, { reason: 'Exec' });
    }
  };
}

function queryOf({ command, container, stdin }: ExecOptions): URLSearchParams {
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
  if (stdin !== undefined) query.set('stdin', 'true');
  if (container !== undefined) query.set('container', container);
  for (const word of command) query.append('command', word);
  return query;
}

/**
 * A kubelet that does not speak what is offered answers 403 without a Status (golang.org/x/net/websocket, newServerConn);
 * other servers accept, and name no subprotocol.
 */
function isProtocolRefusal(error: unknown): boolean {
  if (error instanceof ApiError) return error.reason === 'HTTP 403' || error.reason === 'HTTP 400';
  return error instanceof Error && error.message.includes('subprotocol');
}

function unsupported(spec: RequestSpec, cause: unknown): ApiError {
  const why = new Error(`the server does not speak ${V5}, so the end of the input cannot be told`, { cause });
  return socketFailure(spec, why, { reason: 'UnsupportedProtocol' });
}
