// Bridges on nodes: rendered from the Services and endpoints of this moment, loaded by nft, seen to be gone when they are removed.
// What is listed for one node is used for every other that needs it within seconds, and forgotten then: thousands of Services are
// in memory only while nodes are being switched.
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import { parse } from 'yaml';
import { bridgeNode, type BridgeNode } from '../bridge/node-facts.ts';
import { renderBridge } from '../bridge/render.ts';
import { bridgesIn, removal } from '../bridge/table.ts';
import type { EndpointSliceObject, NodeObject, ServiceObject } from '../dataplane/demand/objects.ts';
import { attempt } from '../node/attempt.ts';
import type { NodeShell, ShellCommand } from '../node/shell.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import { TaskRefused, unlessSetback } from './node-tasks.ts';

/** A bridge nobody refreshes serves for so long (s). The plan refreshes it every 45 s. */
const LIFETIME = 300;
/** What was listed is good for so long (ms). */
const FRESH = 10_000;
const PAGE = 500;
/** nft needs a second for 5,000 Services; a node that is busy needs longer. */
const LOADING = 60_000;

export type BridgeTask = Extract<NodeTask, { kind: 'bridge' }>;

export type Bridges = {
  /** Builds it, or brings it up to date; resolves with notes. Rejects with a sentence about why there is none. */
  readonly raise: (task: BridgeTask, shell: NodeShell, signal: AbortSignal) => Promise<readonly string[]>;
};

type Objects = { readonly services: readonly ServiceObject[]; readonly slices: readonly EndpointSliceObject[] };

type Service = KubeObject & ServiceObject;
type EndpointSlice = KubeObject & EndpointSliceObject;
type Node = KubeObject & NodeObject;

const core = { group: '', version: 'v1' } as const;
const SERVICES: Resource<Service> = { ...core, plural: 'services', kind: 'Service', namespaced: true };
const NODES: Resource<Node> = { ...core, plural: 'nodes', kind: 'Node', namespaced: false };
const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

export function createBridges({
  client,
  clock,
}: {
  readonly client: Pick<Client, 'list'>;
  readonly clock: Clock;
}): Bridges {
  let last: { readonly at: number; readonly objects: Promise<Objects> } | undefined;

  function objects(): Promise<Objects> {
    if (last !== undefined && clock.now() - last.at < FRESH) return last.objects;
    const made = { at: clock.now(), objects: listObjects(client) };
    last = made;
    // What could not be listed is not kept; neither is what nobody will ask for any more.
    const forget = (): void => {
      if (last === made) last = undefined;
    };
    made.objects.then(() => clock.sleep(FRESH), forget).then(forget, forget);
    return made.objects;
  }

  return {
    async raise({ node, config, mode }, shell, signal) {
      const [found, own] = await Promise.all([objects(), findNode(client, node)]);
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

async function listObjects(client: Pick<Client, 'list'>): Promise<Objects> {
  const [services, slices] = await Promise.all([
    client.list(SERVICES, { pageSize: PAGE, project: projectService }),
    client.list(ENDPOINT_SLICES, { pageSize: PAGE, project: projectSlice }),
  ]);
  return { services: services.items, slices: slices.items };
}

async function findNode(client: Pick<Client, 'list'>, name: string): Promise<NodeObject> {
  const { items } = await client.list(NODES, { fieldSelector: `metadata.name=${name}` });
  const found = items.find(({ metadata }) => metadata.name === name);
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

function projectService({ metadata, spec, status }: Service): Service {
  const { name, namespace, labels } = metadata;
  return {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

function projectSlice({ metadata, addressType, ports, endpoints }: EndpointSlice): EndpointSlice {
  const { name, namespace, labels } = metadata;
  return {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
    ...(addressType === undefined ? {} : { addressType }),
    ...(ports === undefined ? {} : { ports }),
    endpoints: (endpoints ?? []).map(({ addresses, conditions, nodeName, hints }) => ({
      ...(addresses === undefined ? {} : { addresses }),
      ...(conditions === undefined ? {} : { conditions }),
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(hints === undefined ? {} : { hints }),
    })),
  };
}
