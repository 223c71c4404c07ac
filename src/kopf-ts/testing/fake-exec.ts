// The kubelet's side of pods/exec over WebSocket, on top of the fake API server: it really runs the command, or does what
// a test tells it to.
import { spawn } from 'node:child_process';
import type { Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';

export type ExecBehaviour =
  /** Runs the command on this machine. */
  | { readonly kind: 'spawn' }
  | { readonly kind: 'silent' }
  /** Whatever the test does with an open socket. */
  | { readonly kind: 'script'; readonly play: (socket: WebSocket) => void }
  | { readonly kind: 'refuse'; readonly status: number; readonly body: string };

export type FakeExec = {
  behaviour: ExecBehaviour;
  protocols: readonly string[];
  readonly sockets: Set<WebSocket>;
  readonly targets: string[];
};

export function serveExec(server: Server): FakeExec {
  const websockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => fake.protocols.find((name) => offered.has(name)) ?? false,
  });
  const fake: FakeExec = {
    behaviour: { kind: 'spawn' },
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    sockets: new Set(),
    targets: [],
  };
  server.on('upgrade', (request, socket, head) => {
    fake.targets.push(request.url ?? '');
    const { behaviour } = fake;
    const offered = String(request.headers['sec-websocket-protocol']).split(/,\s*/);
    socket.on('error', () => {
      // Whoever has read enough of a refusal hangs up.
    });
    if (behaviour.kind === 'refuse') return void socket.end(answer(behaviour.status, behaviour.body));
    // As golang.org/x/net/websocket does: no Status.
    if (!fake.protocols.some((name) => offered.includes(name)))
      return void socket.end(answer(403, 'requested protocol(s) are not supported'));
    websockets.handleUpgrade(request, socket, head, (websocket) => {
      fake.sockets.add(websocket);
      if (behaviour.kind === 'script') behaviour.play(websocket);
      if (behaviour.kind === 'spawn') run(websocket, new URL(request.url ?? '/', 'http://x').searchParams);
    });
  });
  return fake;
}

export function frame(channel: number, payload: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from([channel]), Buffer.from(payload)]);
}

function answer(status: number, body: string): string {
  return `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function run(websocket: WebSocket, query: URLSearchParams): void {
  const [program = '', ...args] = query.getAll('command');
  const child = spawn(program, args, { stdio: 'pipe' });
  child.stdin.on('error', () => {
    // It ended without reading everything.
  });
  if (query.get('stdin') !== 'true') child.stdin.end();
  child.stdout.on('data', (chunk: Buffer) => websocket.send(frame(1, chunk)));
  child.stderr.on('data', (chunk: Buffer) => websocket.send(frame(2, chunk)));
  child.on('error', (error) => finish(websocket, { reason: 'InternalError', message: error.message }));
  child.on('close', (code) => finish(websocket, code === 0 ? undefined : nonZero(code ?? 137)));
  websocket.on('message', (message: Buffer) => {
    if (message[0] === 0) child.stdin.write(message.subarray(1));
    if (message[0] === 255 && message[1] === 0) child.stdin.end();
  });
  websocket.on('close', () => child.kill('SIGKILL'));
}

/** As the kubelet writes it: a Status without kind. */
function finish(websocket: WebSocket, failure: object | undefined): void {
  const status = failure === undefined ? { status: 'Success' } : { status: 'Failure', ...failure };
  websocket.send(frame(3, JSON.stringify({ metadata: {}, ...status })));
  websocket.close(1000);
}

function nonZero(code: number): object {
  return {
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
