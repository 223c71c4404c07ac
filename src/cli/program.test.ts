import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runCommand } from './program.ts';
import { fakeTerminal } from './testing/terminal.ts';

let folder = '';
beforeAll(async () => {
  // Loaded by the command when it is needed; here, before any test counts its time.
  await import('./assess/run-assess.ts');
  folder = mkdtempSync(join(tmpdir(), 'proxymode-program-'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** A kubeconfig for a port of this machine. */
function kubeconfig(port: number): string {
  const path = join(folder, `config-${port}`);
  writeFileSync(
    path,
    `apiVersion: v1
kind: Config
clusters: [{ name: here, cluster: { server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true } }]
users: [{ name: me, user: { token: me } }]
contexts: [{ name: here, context: { cluster: here, user: me } }]
current-context: here
`,
  );
  return path;
}

/** Opens a port that answers with `answer`, or never; gives its number. */
async function listening(answer: string | undefined): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (answer !== undefined) socket.once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

async function run(
  args: readonly string[],
  interrupt: AbortSignal = new AbortController().signal,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const terminal = fakeTerminal();
  const code = await runCommand(args, terminal, interrupt);
  return { code, ...terminal.said };
}

describe('kubectl proxymode', () => {
  it.each([
    [['assess', '--target', 'userspace'], '"userspace" is none of iptables, ipvs, nftables.'],
    [['assess', '--accept', 'kernel-min-nft,no-such-rule'], 'there is no rule no-such-rule to accept'],
    [['assess', '--timeout', 'soon'], 'a duration above zero'],
    [['assess', '-o', 'wide'], 'Allowed choices are table, json, yaml, markdown'],
    [['assess', '--contxt', 'x'], 'Did you mean --context?'],
    [['asses'], 'Did you mean assess?'],
    [['assess', '--kubeconfig', '/nowhere'], 'the kubeconfig cannot be read'],
  ])('%j ends with 1 and says why', async (args, why) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(why);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it.each([[['--help']], [['help']], [['assess', '--help']]])('%j helps', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect(stdout).toContain('assess');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('says its version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it.each(['assess', 'plan', 'status', 'explain', 'pause', 'resume', 'retry', 'rollback', 'abort', 'report'])(
    'says in the help of %s what exit codes mean, in lines that fit',
    async (command) => {
      const { stdout } = await run([command, '--help']);
      for (const code of [0, 1]) expect(stdout).toMatch(new RegExp(`^ {2}${code} {2}\\w`, 'm'));
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    },
  );

  it.each([
    [['rollback'], "missing required argument 'migration'"],
    [['plan', '--mode', 'userspace'], 'Allowed choices are iptables, ipvs, nftables'],
    [['plan', 'one', '--mode', 'ipvs'], 'name a migration, or --mode, or --filename: one of them'],
    [['plan', '-f', '/nowhere.yaml'], '/nowhere.yaml cannot be read'],
    [['status', '-o', 'html'], 'Allowed choices are table, json, yaml, name'],
    [['status', '-w', '-o', 'json'], 'for a stream of objects: kubectl get pmm -w -o json'],
    [['report', '-o', 'yaml'], 'Allowed choices are html, markdown, json'],
  ])('%j ends with 1 and says why', async (args, why) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(why);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('an API server', () => {
  it('that cannot be reached is said to be so', async () => {
    const { port, close } = await listening('');
    close();
    const { code, stderr } = await run(['assess', '-q', '--kubeconfig', kubeconfig(port)]);
    expect(stderr).toMatch(
      /^kubectl proxymode: the API server http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*\n$/,
    );
    expect(code).toBe(1);
  }, 20_000);

  it('that does not know the user is said to refuse the credentials', async () => {
    const status = JSON.stringify({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized', code: 401 });
    const server = await listening(
      `HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: ${status.length}\r\nconnection: close\r\n\r\n${status}`,
    );
    const { code, stderr } = await run(['assess', '-q', '--kubeconfig', kubeconfig(server.port)]);
    server.close();
    expect(stderr).toMatch(/does not accept your credentials \(401\)\n$/);
    expect(code).toBe(1);
  });

  it('that never answers is given up after --timeout', async () => {
    const server = await listening(undefined);
    const { code, stderr } = await run(['assess', '-q', '--timeout', '200ms', '--kubeconfig', kubeconfig(server.port)]);
    server.close();
    expect(stderr).toBe('kubectl proxymode: not done within 0.2 s; give it more time with --timeout\n');
    expect(code).toBe(1);
  });

  it('is left alone when a person interrupts', async () => {
    const server = await listening(undefined);
    const interrupt = new AbortController();
    const running = run(['assess', '-q', '--kubeconfig', kubeconfig(server.port)], interrupt.signal);
    interrupt.abort();
    expect(await running).toEqual({ code: 130, stdout: '', stderr: '' });
    server.close();
  });
});
