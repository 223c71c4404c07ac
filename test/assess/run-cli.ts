// The command as a person runs it from source: a process of its own, with a kubeconfig file.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export type Ended = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
};

export type RunOptions = {
  /** Text of the kubeconfig; without it there is none. */
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
};

export async function runCli(args: readonly string[], { kubeconfig, env = {} }: RunOptions = {}): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'proxymode-cli-'));
  try {
    const path = join(folder, 'kubeconfig');
    if (kubeconfig !== undefined) await writeFile(path, kubeconfig);
    return await run(args, { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: path, ...env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said, milliseconds: Math.round(performance.now() - started) }));
  });
}
