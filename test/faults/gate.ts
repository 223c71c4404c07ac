// The way of one client to the API server, which can be shut: every connection breaks and none can be made, as when the
// API server is down, until it is opened again.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Gate = {
  readonly url: string;
  shut(): void;
  open(): void;
  close(): Promise<void>;
};

export async function gate(server: string): Promise<Gate> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const keep = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    // Whichever end breaks, the other one learns it.
    socket.on('error', () => other().destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const shut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer((incoming) => {
    if (!isOpen) return void incoming.destroy();
    const upstream = connect({ host: hostname, port: Number(port) });
    keep(incoming, () => upstream);
    keep(upstream, () => incoming);
    incoming.pipe(upstream);
    upstream.pipe(incoming);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    shut: () => {
      isOpen = false;
      shut();
    },
    open: () => void (isOpen = true),
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        shut();
      }),
  };
}
