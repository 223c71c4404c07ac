import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fingerprint } from './known-hosts.ts';
import { shellContract, type Harness } from './shell.contract.ts';
import type { NodeShell, ShellResult } from './shell.ts';
import type { SshSettings } from './ssh-settings.ts';
import { createSshShell } from './ssh-shell.ts';
import {
  generateEcdsaKey,
  generateKey,
  startSshServer,
  type KeyPair,
  type SshServer,
  type SshServerOptions,
} from './testing/ssh-server.ts';

const hostKey = generateKey();
const userKey = generateKey();

type Node = {
  readonly server: SshServer;
  readonly settings: SshSettings;
  shell(change?: Partial<SshSettings>): NodeShell;
};

function line(port: number, key: KeyPair = hostKey): string {
  return `[127.0.0.1]:${port} ${key.public}\n`;
}

async function node(options: Partial<SshServerOptions> = {}): Promise<Node> {
  const server = await startSshServer({ hostKeys: [hostKey], authorized: userKey, ...options });
  const settings: SshSettings = {
    host: '127.0.0.1',
    port: server.port,
    user: 'root',
    privateKey: userKey.private,
    knownHosts: line(server.port),
    sudo: false,
    connectTimeout: 5000,
  };
  return { server, settings, shell: (change = {}) => createSshShell('node-1', { ...settings, ...change }) };
}

async function started(options?: Partial<SshServerOptions>): Promise<Node> {
  const made = await node(options);
  onTestFinished(() => made.server.close());
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startHarness(): Promise<Harness> {
  const { server, shell } = await node();
  return {
    shell: shell(),
    async unreachable() {
      const port = await freePort();
      return shell({ port, knownHosts: line(port) });
    },
    refused: async () => shell({ knownHosts: line(server.port, generateKey()) }),
    cut: () => server.cut(),
    async left() {
      while (server.open() > 0) await new Promise(setImmediate);
      return server.open();
    },
    commands: () => server.lines.length,
    stop: () => server.close(),
  };
}

shellContract(startHarness);

async function told(shell: NodeShell): Promise<ShellResult> {
  const result = await shell.run({ argv: ['echo', 'here'] });
  await shell.close();
  return result;
}

const HERE = { kind: 'exited', code: 0, stdout: 'here\n', stderr: '', truncated: false };
const containing = (text: string): string => expect.stringContaining(text) as string;

describe('host keys', () => {
  it('that are not known are refused, with what one needs to compare them', async () => {
    const { shell, server } = await started();
    expect(await told(shell({ knownHosts: '' }))).toEqual({
      kind: 'refused',
      message: containing(
        `[127.0.0.1]:${server.port} shows the host key ssh-ed25519 ${shown()}, which is not among the known hosts`,
      ),
    });
    expect(server.lines).toEqual([]);
  });

  it('that have changed are refused, with both fingerprints', async () => {
    const { shell, server } = await started();
    const other = generateKey();
    const result = await told(shell({ knownHosts: line(server.port, other) }));
    expect(result).toMatchObject({ kind: 'refused', message: containing(shown()) });
    expect(result).toMatchObject({ message: containing(`line 1 of the known hosts has ${shown(other)}`) });
    expect(server.lines).toEqual([]);
  });

  it('of which one is known are chosen among several', async () => {
    const ecdsa = generateEcdsaKey();
    const { shell, server } = await started({ hostKeys: [hostKey, ecdsa] });
    expect(await told(shell({ knownHosts: line(server.port, ecdsa) }))).toEqual(HERE);
    expect(await told(shell({ knownHosts: line(server.port, hostKey) }))).toEqual(HERE);
    expect(await told(shell({ knownHosts: line(server.port, generateEcdsaKey()) }))).toMatchObject({ kind: 'refused' });
  });

  function shown(key: KeyPair = hostKey): string {
    return fingerprint(Buffer.from(key.public.split(' ')[1] ?? '', 'base64'));
  }
});

describe('logging in', () => {
  it.each<[string, (settings: SshSettings) => Partial<SshSettings>, string]>([
    [
      'by another key than the host accepts',
      () => ({ privateKey: generateKey().private }),
      'does not accept the key for this user',
    ],
    ['as a user there is not', () => ({ user: 'nobody' }), 'nobody@127.0.0.1'],
    ['by what is no key', () => ({ privateKey: 'secret!' }), 'the private key cannot be used: Unsupported key format'],
    ['by a public key', () => ({ privateKey: userKey.public }), 'it is a public one'],
    [
      'by an encrypted key without its passphrase',
      () => ({ privateKey: generateKey('open sesame').private }),
      'no passphrase',
    ],
    [
      'by an encrypted key with a wrong one',
      () => ({ privateKey: generateKey('open sesame').private, passphrase: 'x' }),
      'the private key cannot be used',
    ],
  ])('is refused %s', async (_name, change, message) => {
    const { settings, shell, server } = await started();
    const result = await told(shell(change(settings)));
    expect(result).toMatchObject({ kind: 'refused', message: containing(message) });
    expect(JSON.stringify(result)).not.toContain('secret!');
    expect(server.lines).toEqual([]);
  });

  it('takes an encrypted key with its passphrase, and a key given as bytes', async () => {
    const key = generateKey('open sesame');
    const { shell } = await started({ authorized: key });
    expect(await told(shell({ privateKey: Buffer.from(key.private), passphrase: 'open sesame' }))).toEqual(HERE);
  });

  it('says that there is no SSH behind the port', async () => {
    const { shell } = await started();
    const web: Server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    onTestFinished(() => void web.close());
    await new Promise((resolve) => web.once('listening', resolve));
    const { port } = web.address() as AddressInfo;
    expect((await told(shell({ port, knownHosts: line(port) }))).kind).not.toBe('exited');
  });

  it('does not wait for ever for a host that says nothing', async () => {
    const { shell } = await started();
    const mute = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void mute.close());
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as AddressInfo;
    const result = await told(shell({ port, knownHosts: line(port), connectTimeout: 200 }));
    expect(result).toMatchObject({ kind: 'unreachable', message: containing('Timed out') });
  });

  it('happens once for many commands, and again after the connection has broken', async () => {
    const { shell, server } = await started();
    const one = shell();
    await Promise.all(Array.from({ length: 20 }, () => one.run({ argv: ['true'] })));
    expect(server.connections()).toBe(1);
    server.cut();
    while ((await one.run({ argv: ['true'] })).kind !== 'exited') await new Promise(setImmediate);
    expect(server.connections()).toBe(2);
    await one.close();
  });

  it('is given up when the shell is closed meanwhile', async () => {
    const { shell } = await started();
    const mute = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void mute.close());
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as AddressInfo;
    const one = shell({ port, knownHosts: line(port), connectTimeout: 60_000 });
    const running = one.run({ argv: ['true'] });
    await one.close();
    expect(await running).toMatchObject({ kind: 'unreachable' });
  });
});

describe('a command', () => {
  it('that is given up is ended on the node, too', async () => {
    const { shell } = await started();
    const folder = mkdtempSync(join(tmpdir(), 'ssh-shell-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'pid');
    const one = shell();
    await one.run({ argv: ['true'] });
    const result = await one.run({ argv: ['sh', '-c', 'echo $$ > "$1"; exec sleep 600', 'sh', file], timeout: 800 });
    expect(result.kind).toBe('timedOut');
    const pid = Number(readFileSync(file, 'utf8'));
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAlive(pid)).toBe(false);
    await one.close();
  });

  it('that was killed has the exit code a shell gives it', async () => {
    const { shell } = await started();
    const one = shell();
    expect(await one.run({ argv: ['sh', '-c', 'kill -TERM $$'] })).toMatchObject({ kind: 'exited', code: 143 });
    await one.close();
  });

  it('that sshd does not want to run is refused', async () => {
    const { shell } = await started({ exec: 'refuse' });
    expect(await told(shell())).toMatchObject({ kind: 'refused' });
  });

  it('without an exit code may have run or not', async () => {
    const { shell } = await started({ exec: 'hang up' });
    expect(await told(shell())).toMatchObject({ kind: 'unreachable', message: containing('before the command ended') });
  });

  function isAlive(pid: number): boolean {
    return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  }
});

describe('by sudo', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ssh-shell-'));
    // Runs what it is given; knows only `-n --`.
    writeFileSync(join(folder, 'sudo'), '#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 9\nshift 2\nBY_SUDO=yes exec "$@"\n');
    chmodSync(join(folder, 'sudo'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('every command goes, arguments as they are', async () => {
    const { shell, server } = await started({ path: folder, user: 'admin' });
    const one = shell({ sudo: true, user: 'admin' });
    const words = ['-n', "it's", '$HOME', 'a\nb'];
    const result = await one.run({ argv: ['sh', '-c', 'printf "%s|" "$BY_SUDO" "$@"', 'sh', ...words], stdin: '' });
    expect(result).toMatchObject({ code: 0, stdout: `yes|${words.join('|')}|` });
    expect(server.lines.map((each) => each.startsWith('sudo -n -- '))).toEqual([true, true]);
    await one.close();
  });

  it('that wants a password the node is refused', async () => {
    const asking = mkdtempSync(join(tmpdir(), 'ssh-shell-'));
    onTestFinished(() => rmSync(asking, { recursive: true }));
    writeFileSync(join(asking, 'sudo'), '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n');
    chmodSync(join(asking, 'sudo'), 0o755);
    const { shell, server } = await started({ path: asking });
    expect(await told(shell({ sudo: true }))).toMatchObject({
      kind: 'refused',
      message: containing('sudo: a password is required'),
    });
    expect(server.lines).toEqual(['sudo -n -- true']);
  });
});

describe('through a jump host', () => {
  const jumpKey = generateKey();

  async function beyond(
    options: Partial<SshServerOptions> = {},
  ): Promise<{ readonly jump: SshServer; readonly target: Node; shell(change?: Partial<SshSettings>): NodeShell }> {
    const target = await started();
    const jump = await startSshServer({ hostKeys: [jumpKey], authorized: userKey, forwarding: true, ...options });
    onTestFinished(() => jump.close());
    const knownHosts = line(target.server.port) + line(jump.port, jumpKey);
    const endpoint = { host: '127.0.0.1', port: jump.port, user: 'root' };
    return { jump, target, shell: (change = {}) => target.shell({ knownHosts, jump: endpoint, ...change }) };
  }

  it('commands go to the node', async () => {
    const { jump, target, shell } = await beyond();
    const one = shell();
    expect(await one.run({ argv: ['cat'], stdin: 'x'.repeat(100_000) })).toMatchObject({
      code: 0,
      stdout: 'x'.repeat(100_000),
    });
    expect([jump.lines.length, target.server.lines.length]).toEqual([0, 1]);
    await one.close();
    while (jump.open() + target.server.open() > 0) await new Promise(setImmediate);
    expect(jump.open()).toBe(0);
  });

  it('its own key is checked', async () => {
    const { target, shell } = await beyond();
    expect(await told(shell({ knownHosts: line(target.server.port) }))).toMatchObject({
      kind: 'refused',
      message: containing('jump host: [127.0.0.1]'),
    });
    expect(target.server.connections()).toBe(0);
  });

  it('the node’s key is checked, and nothing is left open', async () => {
    const { jump, shell } = await beyond();
    expect(await told(shell({ knownHosts: line(jump.port, jumpKey) }))).toMatchObject({
      kind: 'refused',
      message: containing('which is not among the known hosts'),
    });
    while (jump.open() > 0) await new Promise(setImmediate);
    expect(jump.open()).toBe(0);
  });

  it('says that the jump host forwards nothing', async () => {
    const { shell } = await beyond({ forwarding: false });
    expect(await told(shell())).toMatchObject({ message: containing('the jump host cannot reach 127.0.0.1') });
  });

  it('says that the connection to the jump host broke, and comes back', async () => {
    const { jump, shell } = await beyond();
    const one = shell();
    const running = one.run({ argv: ['sleep', '60'] });
    while (jump.open() === 0) await new Promise(setImmediate);
    jump.cut();
    expect(await running).toMatchObject({ kind: 'unreachable' });
    expect(await told(one)).toEqual(HERE);
  });

  it.each<[string, (server: SshServer) => void]>([
    ['when the node hangs up', (server) => server.cut()],
    ['when the node answers no more', (server) => server.freeze()],
  ])('the connection to the jump host ends with the node’s %s', async (_name, end) => {
    const { jump, target, shell } = await beyond();
    const one = shell({ keepalive: 300 });
    expect(await one.run({ argv: ['true'] })).toMatchObject({ kind: 'exited' });
    end(target.server);
    // Nobody has closed the shell.
    while (jump.open() > 0) await new Promise(setImmediate);
    expect(jump.open()).toBe(0);
    await one.close();
  });

  it('a jump host that never says whether it forwards is not waited for for ever', async () => {
    const { jump, shell } = await beyond({ forwarding: 'mute' });
    const one = shell({ connectTimeout: 1000 });
    expect(await one.run({ argv: ['true'] })).toMatchObject({
      kind: 'unreachable',
      message: containing('the jump host cannot reach 127.0.0.1'),
    });
    while (jump.open() > 0) await new Promise(setImmediate);
    expect([jump.open(), jump.connections()]).toEqual([0, 1]);
    await one.close();
  });

  it('a jump host that never says so is left when the shell is closed', async () => {
    const { jump, shell } = await beyond({ forwarding: 'mute' });
    const one = shell({ connectTimeout: 600_000 });
    const running = one.run({ argv: ['true'] });
    while (jump.forwards() === 0) await new Promise(setImmediate);
    await one.close();
    expect(await running).toMatchObject({ kind: 'unreachable', message: containing('the shell is closed') });
    while (jump.open() > 0) await new Promise(setImmediate);
    expect(jump.open()).toBe(0);
  });

  it('a command’s time includes that of connecting', async () => {
    const { jump, target, shell } = await beyond({ forwarding: 'mute' });
    const one = shell({ connectTimeout: 600_000 });
    expect(await one.run({ argv: ['true'], timeout: 300 })).toEqual({
      kind: 'unreachable',
      message: `there was no connection to 127.0.0.1:${target.server.port} within 300 ms: nothing was run`,
    });
    await one.close();
    while (jump.open() > 0) await new Promise(setImmediate);
    expect(jump.open()).toBe(0);
  });
});
