// An sshd on loopback, for tests: it checks a key, and really runs what it is asked for, by a shell as sshd does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import ssh2, { type Connection, type ParsedKey, type ServerChannel } from 'ssh2';

export type KeyPair = { readonly private: string; readonly public: string };

export function generateKey(passphrase?: string): KeyPair {
  const make = (): KeyPair =>
    passphrase === undefined
      ? ssh2.utils.generateKeyPairSync('ed25519')
      : ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-cbc', rounds: 4 });
  // Of the keys ssh2 makes, one in some hundreds is broken: ssh-keygen cannot read it either.
  for (;;) {
    const key = make();
    if (!(ssh2.utils.parseKey(key.private, passphrase) instanceof Error)) return key;
  }
}

export function generateEcdsaKey(): KeyPair {
  return ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
}

export type SshServerOptions = {
  readonly hostKeys: readonly KeyPair[];
  /** The one user's key. */
  readonly authorized: KeyPair;
  readonly user?: string;
  /** Added before PATH for the user's shell. */
  readonly path?: string;
  /** What becomes of an exec besides being run. */
  readonly exec?: 'run' | 'refuse' | 'hang up';
  /** 'mute': whoever asks for a stream never hears of it. */
  readonly forwarding?: boolean | 'mute';
};

export type SshServer = {
  readonly port: number;
  /** Lines that were to be run, in order. */
  readonly lines: readonly string[];
  /** Connections that are open. */
  readonly open: () => number;
  readonly connections: () => number;
  /** How many streams to elsewhere were asked for. */
  readonly forwards: () => number;
  /** Breaks every connection. */
  readonly cut: () => void;
  /** Reads nothing more from any connection, and keeps them open. */
  readonly freeze: () => void;
  readonly close: () => Promise<void>;
};

export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const lines: string[] = [];
  const live = new Set<Socket>();
  let connections = 0;
  let forwards = 0;
  const ssh = new ssh2.Server({ hostKeys: options.hostKeys.map((key) => key.private) }, (client) => {
    connections += 1;
    client.on('error', () => {
      // Whoever refuses our key hangs up.
    });
    authenticate(client, options);
    client.on('ready', () => serve(client, options, lines));
    client.on('tcpip', () => (forwards += 1));
  });
  const server = createServer({ noDelay: true }, (socket) => {
    live.add(socket);
    socket.on('close', () => live.delete(socket));
    ssh.injectSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of live) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    open: () => live.size,
    connections: () => connections,
    forwards: () => forwards,
    cut,
    freeze() {
      for (const socket of live) socket.pause();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

function authenticate(client: Connection, { authorized, user = 'root' }: SshServerOptions): void {
  const allowed = ssh2.utils.parseKey(authorized.public) as ParsedKey;
  client.on('authentication', (context) => {
    if (context.method !== 'publickey' || context.username !== user) return context.reject(['publickey']);
    const isKey = context.key.algo === allowed.type && allowed.getPublicSSH().equals(context.key.data);
    const { signature, blob } = context;
    const isSigned = signature === undefined || blob === undefined || allowed.verify(blob, signature, context.hashAlgo);
    if (isKey && isSigned) context.accept();
    else context.reject(['publickey']);
  });
}

function serve(client: Connection, options: SshServerOptions, lines: string[]): void {
  client.on('session', (accept) => {
    accept().on('exec', (acceptExec, rejectExec, { command }) => {
      lines.push(command);
      if (options.exec === 'refuse') return rejectExec();
      const channel = acceptExec();
      if (options.exec === 'hang up') return channel.close();
      run(channel, command, options.path);
    });
  });
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    if (options.forwarding === 'mute') return;
    if (options.forwarding !== true) return reject();
    const target = connect(destPort, destIP);
    target.on('error', () => reject());
    target.on('connect', () => {
      const channel = accept();
      channel.pipe(target).pipe(channel);
      channel.on('error', () => target.destroy());
      channel.on('close', () => target.destroy());
    });
  });
}

/** sshd gives the line to the user's shell, and leaves it running when the client goes. */
function run(channel: ServerChannel, command: string, path: string | undefined): void {
  const usual = '/usr/local/bin:/usr/bin:/bin';
  const env = { PATH: path === undefined ? usual : `${path}:${usual}` };
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe', env });
  for (const stream of [child.stdin, channel])
    stream.on('error', () => {
      // One side is gone; the other goes on as it likes.
    });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('close', (code, signal) => {
    if (channel.destroyed) return;
    if (code === null) channel.exit(String(signal).replace('SIG', ''));
    else channel.exit(code);
    channel.end();
  });
}
