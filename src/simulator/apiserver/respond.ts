// Answers on the wire: JSON, plain text, or a Status for what was refused.
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './call.ts';
import { internalError, StatusError, statusOf } from './status-errors.ts';

export function send(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case 'taken':
      return;
    case 'text':
      write(response, answer.code, { type: 'text/plain', body: answer.body });
      return;
    case 'json':
      for (const warning of answer.warnings ?? []) response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`);
      write(response, answer.code, { type: 'application/json', body: JSON.stringify(answer.body) });
  }
}

/** A refusal, or a defect of the server, which is a 500 with its message. Returns the status code. */
export function sendError(response: ServerResponse, error: unknown): number {
  const refusal = refusalOf(error);
  if (response.headersSent) {
    response.destroy();
    return refusal.code;
  }
  const retryAfter = refusal.details?.retryAfterSeconds;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  write(response, refusal.code, { type: 'application/json', body: JSON.stringify(statusOf(refusal)) });
  return refusal.code;
}

/** The kubelet's answer to subprotocols it does not know has no Status (golang.org/x/net/websocket, newServerConn). */
export class UnspokenProtocol extends Error {
  override readonly name = 'UnspokenProtocol';
}

/** An HTTP answer to a request that wanted to become something else. Returns its status code. */
export function refuseUpgrade(socket: Duplex, error: unknown): number {
  if (error instanceof UnspokenProtocol) {
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\nrequested protocol(s) are not supported');
    return 403;
  }
  const refusal = refusalOf(error);
  const body = JSON.stringify(statusOf(refusal));
  const head = [
    `HTTP/1.1 ${refusal.code} ${refusal.reason}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  return refusal.code;
}

function refusalOf(error: unknown): StatusError {
  return error instanceof StatusError
    ? error
    : internalError(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function write(response: ServerResponse, code: number, { type, body }: { type: string; body: string }): void {
  response.writeHead(code, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-cache, private',
  });
  response.end(body);
}
