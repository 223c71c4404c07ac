// Sends one request and reads its answer, as far as it may be read. Knows time-outs and sockets, nothing of Kubernetes' meaning.
import { messageOf } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import { readBounded } from './bounded-body.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { LARGEST_ANSWER, TOO_LONG, type Attempt, type NoReply, type RequestSpec } from './request.ts';

const DEFAULT_TIMEOUT = 30_000;
/** Bytes of a refusal that are read. A Status has hundreds; of a proxy's page only the beginning is ever shown. */
const LONGEST_REFUSAL = 1024 * 1024;

/** Failures of the connection attempt itself: not a byte of the request has left. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout';
  readonly code = 'Timeout';
}

class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
  readonly code = TOO_LONG;
}

export type Transport = {
  send(spec: RequestSpec): Promise<Attempt>;
  /** A GET whose body is a stream; the caller consumes or aborts it. The time-outs are the caller's too. */
  open(spec: RequestSpec & { readonly signal: AbortSignal }): Promise<OpenReply>;
};

export type OpenReply = {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly body: AsyncIterable<Buffer>;
};

export function createTransport(credentials: CredentialSource, userAgent: string, destroyed: AbortSignal): Transport {
  async function dispatch(spec: RequestSpec, signal: AbortSignal, renew: boolean): Promise<OpenReply> {
    const access = await credentials.current(renew);
    signal.throwIfAborted();
    const reply = await access.dispatcher.request({
      origin: access.server.origin,
      path: targetOf(access, spec),
      method: spec.method,
      headers: {
        ...access.headers,
        accept: spec.accept ?? 'application/json',
        'user-agent': userAgent,
        ...(spec.body === undefined ? {} : { 'content-type': spec.contentType ?? 'application/json' }),
      },
      ...(spec.body === undefined ? {} : { body: JSON.stringify(spec.body) }),
      // One deadline covers the whole exchange (below); undici's own coarse timers would only blur it.
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
    return { status: reply.statusCode, retryAfter: retryAfterOf(reply.headers['retry-after']), body: reply.body };
  }

  /** 401 means nothing was done: renew the credentials and send once more, whatever the verb. */
  async function authenticated(spec: RequestSpec, signal: AbortSignal): Promise<OpenReply> {
    const reply = await dispatch(spec, signal, false);
    if (reply.status !== 401) return reply;
    await readBounded(reply.body, LONGEST_REFUSAL);
    return dispatch(spec, signal, true);
  }

  return {
    open: (spec) => authenticated(spec, spec.signal),
    async send(spec) {
      using link = linkSignals(destroyed, spec.signal);
      // Real time on purpose, not the injected clock: what is bounded here is a real socket, and a demo that runs a
      // hundred times as fast has no network that is a hundred times as fast.
      const limit = spec.timeout ?? DEFAULT_TIMEOUT;
      const timer = setTimeout(() => link.abort(new RequestTimeout(`no answer within ${limit} ms`)), limit);
      try {
        const reply = await authenticated(spec, link.signal);
        return { kind: 'reply', status: reply.status, retryAfter: reply.retryAfter, text: await readText(spec, reply) };
      } catch (error) {
        return noReply(error, link.signal);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Throws AnswerTooLong. A refusal is one at any length. */
export async function readText(spec: RequestSpec, reply: OpenReply): Promise<string> {
  if (reply.status >= 300) return (await readBounded(reply.body, LONGEST_REFUSAL)).text;
  const limit = spec.limitBytes ?? LARGEST_ANSWER;
  const { text, cut } = await readBounded(reply.body, limit);
  if (cut && spec.mayCut !== true) throw new AnswerTooLong(`the answer is longer than ${limit} bytes`);
  return text;
}

function targetOf(access: Credentials, spec: RequestSpec): string {
  const prefix = access.server.pathname.replace(/\/$/, '');
  const query = new URLSearchParams(spec.query).toString();
  return `${prefix}${spec.path}${query === '' ? '' : `?${query}`}`;
}

function noReply(error: unknown, signal: AbortSignal): NoReply {
  const timedOut = signal.reason instanceof RequestTimeout;
  const cause: unknown = signal.aborted ? signal.reason : error;
  const code = codeOf(cause);
  return {
    kind: 'no-reply',
    code: signal.aborted && !timedOut ? 'Aborted' : code,
    message: messageOf(cause),
    sent: !NEVER_SENT.has(code),
    aborted: signal.aborted && !timedOut,
    cause,
  };
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof Error && error.cause !== undefined) return codeOf(error.cause);
  return error instanceof Error ? error.name : 'Unknown';
}

/** Retry-After in milliseconds. The API server only ever sends seconds; a date is not worth a clock here. */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return header === undefined || !Number.isFinite(seconds) || seconds < 0 ? undefined : seconds * 1000;
}
