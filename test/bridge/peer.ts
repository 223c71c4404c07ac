// A machine in a network namespace of its own: serves TCP and UDP ports, and calls others. Told what to do by lines of JSON. The
// process starts alone in its namespace; the test wires it afterwards.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

export type Call = {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  /** The address to connect from; default: what the kernel chooses. */
  readonly from?: string;
  /** Milliseconds. */
  readonly timeout: number;
};

export type Order =
  | { readonly kind: 'serve'; readonly protocol: 'tcp' | 'udp'; readonly family: 4 | 6; readonly port: number }
  | ({ readonly kind: 'call' } & Call);

/** `answer`: `name client-address`; undefined: nobody did, and `why` says how. */
export type Answer = { readonly answer?: string; readonly why?: string };

const name = process.argv[2] ?? '';

function serve({ protocol, family, port }: Extract<Order, { kind: 'serve' }>): Promise<Answer> {
  const host = family === 4 ? '0.0.0.0' : '::';
  return new Promise((resolve) => {
    const ready = (): void => resolve({ answer: 'serves' });
    const failed = (error: Error): void => resolve({ why: error.message });
    if (protocol === 'tcp') {
      const server = createServer((socket) => {
        socket.on('error', () => socket.destroy());
        socket.end(`${name} ${socket.remoteAddress ?? ''}`);
      });
      server.once('error', failed).listen({ host, port, ipv6Only: family === 6 }, ready);
      return;
    }
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ipv6Only: family === 6 });
    socket.on('message', (_, from) => socket.send(`${name} ${from.address}`, from.port, from.address));
    socket.once('error', failed).bind(port, host, ready);
  });
}

function callTcp({ host, port, from, timeout }: Call): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) });
    const end = (answer: Answer): void => {
      socket.destroy();
      resolve(answer);
    };
    let said = '';
    socket.setTimeout(timeout, () => end({ why: 'timeout' }));
    socket.on('data', (data) => (said += data.toString()));
    socket.on('end', () => end(said === '' ? { why: 'nothing said' } : { answer: said }));
    socket.on('error', (error: NodeJS.ErrnoException) => end({ why: error.code ?? error.message }));
  });
}

function callUdp({ host, port, from, timeout }: Call): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const timer = setTimeout(() => end({ why: 'timeout' }), timeout);
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    socket.on('message', (data) => end({ answer: data.toString() }));
    socket.on('error', (error: NodeJS.ErrnoException) => end({ why: error.code ?? error.message }));
    // A connected socket hears of refusals.
    socket.bind(0, from, () =>
      socket.connect(port, host, (error?: Error) => (error === undefined ? socket.send('?') : undefined)),
    );
  });
}

function obey(order: Order): Promise<Answer> {
  if (order.kind === 'serve') return serve(order);
  return order.protocol === 'tcp' ? callTcp(order) : callUdp(order);
}

process.stdout.write('{"id":0,"answer":"here"}\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, ...order } = JSON.parse(line) as Order & { readonly id: number };
  void obey(order).then((answer) => process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`));
});
process.stdin.once('end', () => process.exit(0));
