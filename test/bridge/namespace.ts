// Starts a peer in a network namespace of its own, talks to it, and runs commands there.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { must, run, type Outcome } from '../lab/run.ts';
import type { Answer, Call, Order } from './peer.ts';

/** Milliseconds: a busy machine, not a slow network. */
const PATIENCE = 5000;
const PEER = join(import.meta.dirname, 'peer.ts');

export class Namespace {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  static async start(name: string): Promise<Namespace> {
    const child = spawn('unshare', ['--net', '--', process.execPath, PEER, name], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const namespace = new Namespace(name, child);
    const here = new Promise<Answer>((resolve, reject) => {
      namespace.#waiting.set(0, resolve);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${name} ended: ${code}`)));
    });
    createInterface({ input: child.stdout }).on('line', (line) => namespace.#hear(line));
    await here;
    return namespace;
  }

  #hear(line: string): void {
    const { id, ...answer } = JSON.parse(line) as Answer & { readonly id: number };
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  order(order: Order): Promise<Answer> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin?.write(`${JSON.stringify({ id, ...order })}\n`);
    });
  }

  /** `name client-address` of who answered, or why nobody did. */
  async call(call: Omit<Call, 'timeout'> & { readonly timeout?: number }): Promise<string> {
    const { answer, why } = await this.order({ kind: 'call', timeout: PATIENCE, ...call });
    return answer ?? `no answer: ${why}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  inside(argv: readonly string[]): string[] {
    return ['nsenter', '-t', String(this.pid), '-n', '--', ...argv];
  }

  must(argv: readonly string[], input = ''): Promise<string> {
    return must(this.inside(argv), { input });
  }

  run(argv: readonly string[], input = ''): Promise<Outcome> {
    return run(this.inside(argv), { input });
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.end();
    await ended;
  }
}
