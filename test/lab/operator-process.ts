// The operator as a container's process: started as `npm start` does, with a kubeconfig, killed with a real SIGKILL, and
// started again when it ends because it has lost its lease.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCommand } from '../start-command.ts';
import type { RunningOperator } from '../scenarios/stage.ts';
import type { Lab } from './lab.ts';

const LEADING = '"message":"leading"';
const LEASE_LOST = 'leadership was lost';

export type OperatorProcess = RunningOperator & {
  /** It has got the lease. */
  readonly leading: boolean;
  /** Throws when it has ended by itself: nobody need wait for it. */
  mustLive(): void;
};

/** Where its process runs: on the machine itself when left out. */
export type Inside = (argv: readonly string[]) => readonly string[];

export type Home = Pick<Lab, 'state'> & {
  /** The operator's own; kube-proxy's when left out. */
  readonly namespace?: string;
};

/** `identity` is what a restarted container keeps: with it the lease is its own again at once. */
export function startOperator(
  { state, namespace = 'kube-system' }: Home,
  identity: string,
  kubeconfig: string,
  inside: Inside = (argv) => argv,
): OperatorProcess {
  const log = join(state, 'log', 'operator.log');
  const own = { KUBECONFIG: kubeconfig, POD_NAME: identity, POD_NAMESPACE: namespace, LOG_LEVEL: 'debug' };
  const env = { ...process.env, ...own };
  const command = startCommand();
  let said = '';
  let asked = false;
  let running = true;
  let leading = false;
  let child: ChildProcess;

  function start(): ChildProcess {
    said = '';
    leading = false;
    const [program = '', ...args] = inside([process.execPath, ...command]);
    const started = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        appendFileSync(log, chunk);
        said += chunk.toString();
        leading ||= said.includes(LEADING);
        said = said.slice(-2000);
      });
    }
    return started;
  }

  async function live(): Promise<void> {
    for (;;) {
      child = start();
      await once(child, 'close');
      if (asked || !said.includes(LEASE_LOST)) break;
    }
    running = false;
  }

  const ended = live();
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    asked = true;
    child.kill(signal);
    await ended;
  };
  return {
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    get leading() {
      return leading;
    },
    get running() {
      return running;
    },
    mustLive: () => {
      if (!running && !asked) throw new Error(`the operator ended by itself; its last words are\n${said}`);
    },
  };
}
