// The kubelet's side of pods/portforward over WebSocket, on top of the fake API server, connected to any TCP port.
import type { Server } from 'node:http';
import { connect as dial } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export type Behaviour =
  /** As the kubelet does: port numbers, then a connection to that loopback port. */
  | { readonly kind: 'dial'; readonly port: number }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'hang up' }
  | { readonly kind: 'refuse'; readonly status: number; readonly body: string };

export type FakePortForward = { behaviour: Behaviour; readonly sockets: Set<WebSocket>; readonly targets: string[] };

export function servePortForward(server: Server): FakePortForward {
  const websockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });
  const fake: FakePortForward = { behaviour: { kind: 'silent' }, sockets: new Set(), targets: [] };
  server.on('upgrade', (request, socket, head) => {
    fake.targets.push(request.url ?? '');
    const { behaviour } = fake;
    if (behaviour.kind === 'refuse') {
      socket.on('error', () => {
        // Whoever has read enough of a refusal hangs up.
      });
      const { status, body } = behaviour;
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      return;
    }
    websockets.handleUpgrade(request, socket, head, (websocket) => {
      fake.sockets.add(websocket);
      serve(websocket, behaviour, Number(new URL(request.url ?? '/', 'http://x').searchParams.get('ports')));
    });
  });
  return fake;
}

function serve(websocket: WebSocket, behaviour: Exclude<Behaviour, { kind: 'refuse' }>, port: number): void {
  if (behaviour.kind === 'silent') return;
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port);
  websocket.send(frame(0, number));
  websocket.send(frame(1, number));
  if (behaviour.kind === 'hang up') websocket.close();
  else if (behaviour.kind === 'error') websocket.send(frame(1, Buffer.from(behaviour.message)));
  else forward(websocket, behaviour.port);
}

function forward(websocket: WebSocket, port: number): void {
  const target = dial(port, '127.0.0.1');
  target.on('data', (chunk: Buffer) => websocket.send(frame(0, chunk)));
  target.on('error', (error) =>
    websocket.send(frame(1, Buffer.from(`error forwarding port ${port}: ${error.message}`))),
  );
  target.on('close', () => websocket.close());
  websocket.on('message', (message: Buffer) => void (message[0] === 0 && target.write(message.subarray(1))));
  websocket.on('close', () => target.destroy());
}

function frame(channel: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([channel]), payload]);
}
