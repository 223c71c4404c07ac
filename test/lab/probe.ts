// The measure of an interruption: new TCP connections from a node to a target, one at every interval.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { labtool } from './binaries.ts';
import { inNode } from './node-namespaces.ts';
import type { Place } from './place.ts';
import { run } from './run.ts';

export type ProbeReport = {
  readonly node: string;
  readonly target: string;
  readonly total: number;
  readonly failed: number;
  /** RFC 3339: the start of the first and of the last attempt that failed. */
  readonly firstFailure?: string;
  readonly lastFailure?: string;
  readonly failSpanMs: number;
  /** How many failed in which way: timeout, refused, unreachable, reset. */
  readonly kinds: Readonly<Record<string, number>>;
};

export type Probe = { stop(): Promise<ProbeReport> };

export type ProbeTarget = {
  /** host:port */
  readonly target: string;
  readonly intervalMs: number;
  /** What the probe is started by on the node: `ip netns exec …` for the network of a pod. */
  readonly inside?: readonly string[];
};

/** Stopping waits for the attempts under way, up to the connection timeout of 3 s. */
export async function startProbe(
  place: Place,
  node: string,
  { target, intervalMs, inside = [] }: ProbeTarget,
): Promise<Probe> {
  // A SYN sent while a node had no rules leaves an entry without NAT for two minutes, and every connection that gets the
  // same source port fails: what an earlier test broke would be counted again. conntrack exits 1 when there is none.
  await run(inNode(place, node, ['conntrack', '-D', '-p', 'tcp', '--state', 'SYN_SENT']));
  const [command = '', ...args] = inNode(place, node, [
    ...inside,
    labtool,
    'probe',
    '-target',
    target,
    '-interval',
    `${intervalMs}ms`,
  ]);
  const child = spawn(command, args, { stdio: 'pipe' });
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  await once(child, 'spawn');
  return {
    stop: async () => {
      // the end of its input is the probe's sign to report; the kernel gives the same sign when a test is killed
      child.stdin.end();
      const [stdout, stderr] = await output;
      if (stdout === '') throw new Error(`the probe on ${node} ended without a report: ${stderr.trim() || 'killed'}`);
      return { node, ...(JSON.parse(stdout) as Omit<ProbeReport, 'node'>) };
    },
  };
}
