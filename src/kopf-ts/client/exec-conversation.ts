// What goes over an exec's WebSocket from the handshake to the exit code (framing: see exec.ts).
import { BoundedOutput } from './bounded-output.ts';
import type { RawData, WebSocket } from 'ws';
import { ApiError } from '../errors.ts';
import type { ExecOptions, ExecOutcome } from '../types.ts';
import type { RequestSpec } from './request.ts';
import { socketFailure, type Dialled } from './web-socket.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const RESULT = 3;
const CLOSE = 255;
/** Bytes of stdin in one message. */
const PIECE = 16 * 1024;
/** Bytes of the Status that are read; a container runtime's complaint is a few hundred. */
const LONGEST_RESULT = 64 * 1024;
/** After the result the last output may still be under way (ms); the server closes the socket when there is no more. */
const LAST_OUTPUT = 2000;

export type ExecCall = { readonly spec: RequestSpec; readonly options: ExecOptions; readonly life: AbortSignal };

/** Ends the socket in every case. Rejects with an ApiError, or with what the socket or the signal said before it was open. */
export async function converse({ socket, refused }: Dialled, call: ExecCall): Promise<ExecOutcome> {
  const conversation = new Conversation(socket, call);
  try {
    return await Promise.race([conversation.outcome.promise, refused]);
  } finally {
    conversation.end();
  }
}

class Conversation {
  readonly outcome = Promise.withResolvers<ExecOutcome>();
  readonly #socket: WebSocket;
  readonly #call: ExecCall;
  readonly #stdout: BoundedOutput;
  readonly #stderr: BoundedOutput;
  readonly #result = new BoundedOutput(LONGEST_RESULT);
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = (): void => this.#fail(asError(this.#call.life.reason));
  #opened = false;

  constructor(socket: WebSocket, call: ExecCall) {
    const { options, life } = call;
    this.#socket = socket;
    this.#call = call;
    this.#stdout = new BoundedOutput(options.maxOutput);
    this.#stderr = new BoundedOutput(options.maxOutput);
    this.outcome.promise.catch(() => {
      // Raced with the refusal, which may have come first; then nobody waits for this one.
    });
    socket.on('open', () => void this.#feed());
    socket.on('message', (raw) => this.#receive(toBuffer(raw)));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#closed());
    life.addEventListener('abort', this.#onAbort, { once: true });
    this.#timers.push(setTimeout(() => this.#expire(), options.timeout));
    if (life.aborted) this.#onAbort();
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#call.life.removeEventListener('abort', this.#onAbort);
    this.#socket.terminate();
  }

  async #feed(): Promise<void> {
    this.#opened = true;
    const { stdin } = this.#call.options;
    if (stdin === undefined) return;
    const bytes = Buffer.from(stdin, 'utf8');
    for (let at = 0; at < bytes.length; at += PIECE) {
      // One that ends early closes its input; the result says the rest.
      if (!(await this.#send(STDIN, bytes.subarray(at, at + PIECE)))) return;
    }
    await this.#send(CLOSE, Buffer.from([STDIN]));
  }

  #send(channel: number, payload: Buffer): Promise<boolean> {
    const frame = Buffer.concat([Buffer.from([channel]), payload]);
    return new Promise((resolve) =>
      this.#socket.send(frame, (error) => resolve(error === undefined || error === null)),
    );
  }

  #receive(message: Buffer): void {
    const payload = message.subarray(1);
    if (message[0] === STDOUT) this.#stdout.add(payload);
    else if (message[0] === STDERR) this.#stderr.add(payload);
    else if (message[0] === RESULT && payload.length > 0) {
      this.#result.add(payload);
      this.#timers.push(setTimeout(() => this.#closed(), LAST_OUTPUT));
    }
  }

  #closed(): void {
    if (this.#result.text === '') this.#fail(new Error('the connection ended before the command did'));
    else this.#finish(this.#result.text);
  }

  #finish(text: string): void {
    const result = parse(text);
    const code = exitCodeOf(result);
    if (code === undefined) return this.outcome.reject(complaint(this.#call.spec, result, text));
    const { stdout, stderr } = this.#output();
    const truncated = this.#stdout.truncated || this.#stderr.truncated;
    this.outcome.resolve({ kind: 'exited', code, stdout, stderr, truncated });
  }

  #expire(): void {
    const { timeout } = this.#call.options;
    if (this.#opened) this.outcome.resolve({ kind: 'timedOut', ...this.#output() });
    else this.#fail(new Error(`not open within ${timeout} ms`), 'Timeout');
  }

  #fail(error: Error, reason = 'Exec'): void {
    const outcome = this.#opened || !isUnsent(error) ? 'unknown' : 'refused';
    // What has to do with the handshake alone is told as it is: exec.ts recognises a subprotocol that is not spoken.
    const isHandshake = !this.#opened && error.message.includes('subprotocol');
    this.outcome.reject(isHandshake ? error : socketFailure(this.#call.spec, error, { reason, outcome }));
  }

  #output(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#stdout.text, stderr: this.#stderr.text };
  }
}

/** A Status without its kind, as the kubelet writes it. */
type Result = {
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly causes?: readonly { readonly reason?: unknown; readonly message?: unknown }[] };
};

/** undefined when it did not come to an exit code. kubelet: pkg/kubelet/cri/streaming/remotecommand/exec.go. */
function exitCodeOf(result: Result | undefined): number | undefined {
  if (result?.status === 'Success') return 0;
  if (result?.reason !== 'NonZeroExitCode') return undefined;
  const cause = result.details?.causes?.find((candidate) => candidate.reason === 'ExitCode');
  const code = Number(cause?.message);
  return Number.isInteger(code) ? code : undefined;
}

/** The container runtime's own words: no such program, no such container. */
function complaint(spec: RequestSpec, result: Result | undefined, text: string): ApiError {
  const { verb, resource, place } = spec;
  const reason = typeof result?.reason === 'string' ? result.reason : 'InternalError';
  const said = typeof result?.message === 'string' ? result.message : text.slice(0, 200);
  const init = { status: 500, reason, verb, resource, outcome: 'unknown' } as const;
  return new ApiError(`cannot ${verb} ${resource} ${place}: ${reason}: ${said}`, init);
}

function parse(text: string): Result | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Not a Status: it is shown as it is, as a complaint.
    return undefined;
  }
}

/** It never got as far as the server. */
function isUnsent(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

function toBuffer(raw: RawData): Buffer {
  if (Buffer.isBuffer(raw)) return raw;
  return Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
