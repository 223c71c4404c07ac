import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Connected } from './ssh-connection.ts';
import { dialSsh } from './ssh-dial.ts';
import { createSshShell, type SshNodeShell } from './ssh-shell.ts';
import { generateKey, startSshServer, type SshServer } from './testing/ssh-server.ts';

const hostKey = generateKey();
const userKey = generateKey();

async function node(): Promise<{ readonly server: SshServer; readonly shell: SshNodeShell }> {
  const server = await startSshServer({ hostKeys: [hostKey], authorized: userKey, forwarding: true });
  onTestFinished(() => server.close());
  const shell = createSshShell('node-1', {
    host: '127.0.0.1',
    port: server.port,
    user: 'root',
    privateKey: userKey.private,
    knownHosts: `[127.0.0.1]:${server.port} ${hostKey.public}\n`,
    sudo: false,
    connectTimeout: 5000,
  });
  onTestFinished(() => shell.close());
  return { server, shell };
}

/** Answers each chunk with itself. */
async function echo(): Promise<{ readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, sockets };
}

const SOON = { timeout: 5000 };

describe('dial', () => {
  it('leads to a port of the node, and back', async () => {
    const [{ shell }, { port }] = [await node(), await echo()];
    const stream = await shell.dial('127.0.0.1', port, SOON);
    stream.write('hello');
    expect(String((await once(stream, 'data'))[0])).toBe('hello');
    stream.destroy();
  });

  it('shares the connection with commands and other streams', async () => {
    const [{ server, shell }, { port }] = [await node(), await echo()];
    const streams = await Promise.all([1, 2, 3].map(() => shell.dial('127.0.0.1', port, SOON)));
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'exited', code: 0 });
    expect(server.connections()).toBe(1);
    for (const stream of streams) stream.destroy();
  });

  it('says so when nobody listens, and goes on', async () => {
    const [{ shell }, { port }] = [await node(), await echo()];
    await expect(shell.dial('127.0.0.1', 1, SOON)).rejects.toThrow('of the node');
    (await shell.dial('127.0.0.1', port, SOON)).destroy();
  });

  it('says what sshd must allow', async () => {
    const prohibited = Object.assign(new Error('(SSH) Channel open failure: open failed'), { reason: 1 });
    const client = { forwardOut: (...all: unknown[]) => (all[4] as (error: Error) => void)(prohibited) };
    const connection = { kind: 'connected', client, ended: new AbortController().signal, close: () => undefined };
    const dialled = dialSsh(connection as unknown as Connected, '127.0.0.1', 10_249, SOON);
    await expect(dialled).rejects.toThrow(/AllowTcpForwarding local.*127.0.0.1:10249/);
  });

  it('does not wait for ever, and closes a stream that comes too late', async () => {
    const answers: ((error: undefined, channel: { close: () => void }) => void)[] = [];
    const client = { forwardOut: (...all: unknown[]) => answers.push(all[4] as (typeof answers)[number]) };
    const connection = { kind: 'connected', client, ended: new AbortController().signal, close: () => undefined };
    const dialled = dialSsh(connection as unknown as Connected, '127.0.0.1', 10_249, { timeout: 1 });
    await expect(dialled).rejects.toThrow('not reached within 1 ms');
    const close = vi.fn<() => void>();
    answers[0]?.(undefined, { close });
    expect(close).toHaveBeenCalledOnce();
  });

  it('says why there is no connection at all', async () => {
    const { server } = await node();
    const settings = { host: '127.0.0.1', port: server.port, user: 'root', privateKey: userKey.private, sudo: false };
    const shell = createSshShell('node-1', { ...settings, knownHosts: '' });
    await expect(shell.dial('127.0.0.1', 10_249, SOON)).rejects.toThrow('host key');
  });

  it('ends with the signal, before and after', async () => {
    const [{ shell }, { port }] = [await node(), await echo()];
    await expect(shell.dial('127.0.0.1', port, { ...SOON, signal: AbortSignal.abort() })).rejects.toThrow();
    const wanted = new AbortController();
    const stream = await shell.dial('127.0.0.1', port, { ...SOON, signal: wanted.signal });
    wanted.abort();
    await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
  });

  it('ends with the shell, and with the connection', async () => {
    const [{ server, shell }, { port }] = [await node(), await echo()];
    const first = await shell.dial('127.0.0.1', port, SOON);
    server.cut();
    await once(first, 'close');
    const second = await shell.dial('127.0.0.1', port, SOON);
    await shell.close();
    if (!second.closed) await once(second, 'close');
    expect(second.destroyed).toBe(true);
    await expect(shell.dial('127.0.0.1', port, SOON)).rejects.toThrow();
  });
});
