// Bridges on nodes: rendered from the Services and endpoints of this moment, loaded by nft, seen to be gone when they are removed.
import { parse } from 'yaml';
import { bridgeNode, type BridgeNode } from '../bridge/node-facts.ts';
import { renderBridge } from '../bridge/render.ts';
import { bridgesIn, removal } from '../bridge/table.ts';
import type { NodeObject } from '../dataplane/demand/objects.ts';
import { attempt } from '../node/attempt.ts';
import type { NodeShell, ShellCommand } from '../node/shell.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import { TaskRefused, unlessSetback } from './node-tasks.ts';
import type { ServiceObjects } from './service-objects.ts';

/** A bridge nobody refreshes serves for so long (s). The plan refreshes it every 45 s. */
const LIFETIME = 300;
/** nft needs a second for 5,000 Services; a node that is busy needs longer. */
const LOADING = 60_000;

export type BridgeTask = Extract<NodeTask, { kind: 'bridge' }>;

export type Bridges = {
  /** Builds it, or brings it up to date; resolves with notes. Rejects with a sentence about why there is none. */
  readonly raise: (task: BridgeTask, shell: NodeShell, signal: AbortSignal) => Promise<readonly string[]>;
};

export function createBridges(objects: ServiceObjects): Bridges {
  return {
    async raise({ node, config, mode }, shell, signal) {
      const [found, own] = await Promise.all([objects.list(), findNode(objects, node)]);
      const there = bridgesIn((await nft(shell, ['list', 'tables'], { signal })).stdout);
      const scripts = renderBridge({ node: factsOf(own, config, mode), ...found }, LIFETIME);
      // A family that has nothing to serve may be one the kernel does not have.
      const due = scripts.filter(({ family, fronts }) => fronts > 0 || there.includes(family));
      for (const { text } of due) await nft(shell, ['-f', '-'], { stdin: text, timeout: LOADING, signal });
      const served = scripts.reduce((sum, { fronts }) => sum + fronts, 0);
      return [`serves ${served} addresses and ports`];
    },
  };
}

/** Gone when this resolves. */
export async function removeBridge(shell: NodeShell, signal: AbortSignal): Promise<readonly string[]> {
  const { stdout } = await nft(shell, ['list', 'tables'], { signal });
  for (const family of bridgesIn(stdout))
    await nft(shell, ['-f', '-'], { stdin: removal(family), timeout: LOADING, signal });
  return [];
}

async function findNode(objects: ServiceObjects, name: string): Promise<NodeObject> {
  const found = await objects.node(name);
  if (found === undefined)
    throw new TaskRefused(`there is no Node ${name}, whose addresses and pod ranges the bridge needs`);
  return found;
}

function factsOf(node: NodeObject, config: string, mode: BridgeTask['mode']): BridgeNode {
  const read: unknown = parse(config);
  const isConfig =
    typeof read === 'object' && read !== null && 'kind' in read && read.kind === 'KubeProxyConfiguration';
  if (!isConfig) throw new TaskRefused('its kube-proxy has no KubeProxyConfiguration to take the ranges of pods from');
  return bridgeNode(node, read, mode);
}

type Running = Pick<ShellCommand, 'stdin' | 'timeout'> & { readonly signal: AbortSignal };

async function nft(
  shell: NodeShell,
  args: readonly string[],
  { signal, ...how }: Running,
): Promise<{ readonly stdout: string }> {
  return unlessSetback(await attempt(shell, { argv: ['nft', ...args], ...how }, { signal }));
}
