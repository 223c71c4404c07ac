// A connection to a node's sshd, by way of a jump host when there is one: it exists only after the host keys have been
// found among the known hosts.
import { messageOf } from 'kopf-ts';
import { NodeSSH } from 'node-ssh';
import ssh2, { type Client, type ServerHostKeyAlgorithm } from 'ssh2';
import { aborted } from './command.ts';
import { checkHostKey, knownTypes, readKnownHosts, type KnownHosts, type Verdict } from './known-hosts.ts';
import type { SshEndpoint, SshSettings } from './ssh-settings.ts';

const CONNECT_TIMEOUT = 15_000;
const KEEPALIVE = 10_000;
const KEEPALIVES_UNANSWERED = 3;

export type Connected = {
  readonly kind: 'connected';
  readonly client: Client;
  /** Fires when the connection is gone, for whatever reason, which is told. */
  readonly ended: AbortSignal;
  readonly close: () => void;
};

export type NotConnected =
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

/** Never rejects. When the signal fires, what has been opened by then is closed. */
export async function connectSsh(settings: SshSettings, signal: AbortSignal): Promise<Connected | NotConnected> {
  const key = readKey(settings);
  if (key.kind === 'refused') return key;
  const known = readKnownHosts(settings.knownHosts);
  const login: Login = { settings, key: key.text, known, signal };
  if (settings.jump === undefined) return logIn(login, settings);
  const jump = await logIn(login, settings.jump);
  if (jump.kind !== 'connected') return { ...jump, message: `jump host: ${jump.message}` };
  return beyond(login, jump);
}

type Login = {
  readonly settings: SshSettings;
  readonly key: string;
  readonly known: KnownHosts;
  readonly signal: AbortSignal;
};

type Key = { readonly kind: 'key'; readonly text: string } | { readonly kind: 'refused'; readonly message: string };

/** Looked at before anything is sent; the message says what is wrong with the key and nothing of what is in it. */
function readKey({ privateKey, passphrase }: SshSettings): Key {
  const text = typeof privateKey === 'string' ? privateKey : Buffer.from(privateKey).toString('utf8');
  const parsed = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) return { kind: 'refused', message: `the private key cannot be used: ${parsed.message}` };
  if (!parsed.isPrivateKey()) return { kind: 'refused', message: 'the private key cannot be used: it is a public one' };
  return { kind: 'key', text };
}

/** The node, through a stream that the jump host opens to it. */
async function beyond(login: Login, jump: Connected): Promise<Connected | NotConnected> {
  const stream = await forwardOut(jump, login);
  if (stream.kind !== 'stream') {
    jump.close();
    return stream;
  }
  const node = await logIn(login, login.settings, stream.stream);
  if (node.kind !== 'connected') {
    jump.close();
    return node;
  }
  const close = (): void => {
    node.close();
    jump.close();
  };
  node.ended.addEventListener('abort', jump.close, { once: true });
  return { ...node, close };
}

type Stream = { readonly kind: 'stream'; readonly stream: ssh2.ClientChannel } | NotConnected;

/** RFC 4254, 5.1. */
const PROHIBITED = 1;

/** A stream that comes too late ends with the jump host's connection, which whoever gets none has to close. */
async function forwardOut({ client, ended }: Connected, { settings, signal }: Login): Promise<Stream> {
  const { host, port, connectTimeout = CONNECT_TIMEOUT } = settings;
  const { promise, resolve } = Promise.withResolvers<Stream>();
  const failed = (error: Error & { readonly reason?: unknown }): void => {
    const message = `the jump host cannot reach ${host}:${port}: ${error.message}`;
    resolve({ kind: error.reason === PROHIBITED ? 'refused' : 'unreachable', message });
  };
  const over = AbortSignal.any([signal, ended]);
  const onOver = (): void => failed(new Error(aborted(over)));
  const timer = setTimeout(() => failed(new Error(`it has not answered within ${connectTimeout} ms`)), connectTimeout);
  over.addEventListener('abort', onOver, { once: true });
  try {
    over.throwIfAborted();
    client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
      if (error === undefined) resolve({ kind: 'stream', stream });
      else failed(error);
    });
    return await promise;
  } catch (error) {
    // Given up already, or "Not connected": it has ended, and nobody has told yet.
    const message = `the jump host cannot reach ${host}:${port}: ${aborted({ reason: error })}`;
    return { kind: 'unreachable', message };
  } finally {
    clearTimeout(timer);
    over.removeEventListener('abort', onOver);
  }
}

async function logIn(
  { settings, key, known, signal }: Login,
  { host, port, user }: SshEndpoint,
  sock?: ssh2.ClientChannel,
): Promise<Connected | NotConnected> {
  const where = `${user}@${host}:${port}`;
  const ssh = new NodeSSH();
  let verdict: Verdict | undefined;
  // Not dispose(): that waits for the other side to agree.
  const onAbort = (): void => void ssh.connection?.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) throw new Error('given up');
    await ssh.connect({
      host,
      port,
      username: user,
      privateKey: key,
      ...(settings.passphrase === undefined ? {} : { passphrase: settings.passphrase }),
      ...(sock === undefined ? {} : { sock }),
      readyTimeout: settings.connectTimeout ?? CONNECT_TIMEOUT,
      keepaliveInterval: settings.keepalive ?? KEEPALIVE,
      keepaliveCountMax: KEEPALIVES_UNANSWERED,
      authHandler: ['publickey'],
      algorithms: { serverHostKey: keyAlgorithms(knownTypes(known, host, port)) },
      hostVerifier: (shown: Buffer) => {
        verdict = checkHostKey(known, { host, port }, shown);
        return verdict.kind === 'known';
      },
    });
    return watched(ssh, where);
  } catch (error) {
    ssh.connection?.destroy();
    return whyNot(error, verdict, where);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** From here on an 'error' of the connection is its end, and told to whoever uses it; unheard it would end the process. */
function watched(ssh: NodeSSH, where: string): Connected | NotConnected {
  const client = ssh.connection;
  if (client === null) return { kind: 'unreachable', message: `${where}: the connection ended at once` };
  const ended = new AbortController();
  const end = (why: string): void => ended.abort(new Error(`the connection to ${where} ended${why}`));
  client.on('error', (error) => end(`: ${error.message}`));
  client.on('close', () => end(''));
  // Hung up; through a jump host 'close' would not follow, as that waits for this side to close its half.
  client.on('end', () => end(''));
  // Commands are short, and so are their answers: each would wait for the acknowledgement of the one before.
  client.setNoDelay(true);
  return { kind: 'connected', client, ended: ended.signal, close: () => void client.destroy() };
}

/** ssh2 sets `level`: which part of the conversation failed. */
function whyNot(error: unknown, verdict: Verdict | undefined, where: string): NotConnected {
  if (verdict?.kind === 'refused') return verdict;
  const level: unknown = error instanceof Error && 'level' in error ? error.level : undefined;
  const message = `${where}: ${messageOf(error)}`;
  if (level === 'client-authentication')
    return { kind: 'refused', message: `${where} does not accept the key for this user (${message})` };
  // No common algorithm, or no SSH at all behind the port: trying again changes nothing.
  return { kind: level === 'handshake' || level === 'protocol' ? 'refused' : 'unreachable', message };
}

const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Those of known keys first, so that a server with several shows one that can be compared; RSA keys sign in two ways. */
function keyAlgorithms(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean =>
    types.includes(algorithm) || (algorithm.startsWith('rsa-') && types.includes('ssh-rsa'));
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))];
}
