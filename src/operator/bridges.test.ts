import { describe, expect, it } from 'vitest';
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import type { NodeShell, ShellCommand, ShellResult } from '../node/shell.ts';
import { createBridges, removeBridge, type BridgeTask } from './bridges.ts';
import { TaskRefused } from './node-tasks.ts';
import { createServiceObjects } from './service-objects.ts';

const CONFIG = 'kind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16\n';
const task: BridgeTask = { id: 'bridge/n1', kind: 'bridge', node: 'n1', since: 0, mode: 'iptables', config: CONFIG };
const signal = new AbortController().signal;

const OBJECTS: Readonly<Record<string, readonly KubeObject[]>> = {
  nodes: [{ metadata: { name: 'n1' } }],
  services: [
    {
      metadata: { namespace: 'shop', name: 'web' },
      spec: { clusterIPs: ['10.96.0.1'], ports: [{ port: 80 }] },
    } as KubeObject,
  ],
  endpointslices: [
    {
      metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ port: 8080 }],
      endpoints: [{ addresses: ['10.244.0.2'], nodeName: 'n1' }],
    } as KubeObject,
  ],
};

type Cluster = { readonly client: Pick<Client, 'list'>; readonly asked: string[]; fails: boolean };

function cluster(): Cluster {
  const asked: string[] = [];
  const list = async (
    resource: Resource,
    selection?: { project?: (object: KubeObject) => KubeObject },
  ): Promise<object> => {
    asked.push(resource.plural);
    if (made.fails) throw new Error('the API server is away');
    const items = OBJECTS[resource.plural] ?? [];
    return { items: items.map((item) => selection?.project?.(item) ?? item), resourceVersion: '1' };
  };
  const made = { client: { list } as Pick<Client, 'list'>, asked, fails: false };
  return made;
}

/** Time passes when it is told to. */
function clockAt(start: number): Clock & { at: number } {
  return {
    at: start,
    now() {
      return this.at;
    },
    sleep: () => new Promise<void>(() => undefined),
  };
}

type Machine = { readonly shell: NodeShell; readonly commands: ShellCommand[] };

function machine(answer: (command: ShellCommand) => Partial<ShellResult> = () => ({})): Machine {
  const commands: ShellCommand[] = [];
  const run = async (command: ShellCommand): Promise<ShellResult> => {
    commands.push(command);
    const usual = { kind: 'exited', code: 0, stdout: '', stderr: '', truncated: false } as const;
    return { ...usual, ...answer(command) } as ShellResult;
  };
  return { commands, shell: { node: 'n1', pathOf: (path) => path, run, close: async () => undefined } };
}

const lines = ({ commands }: Machine): string[] => commands.map(({ argv }) => argv.join(' '));

describe('a bridge on a node', () => {
  it('is loaded by nft for the families that have Services', async () => {
    const node = machine();
    const notes = await createBridges(createServiceObjects({ client: cluster().client, clock: clockAt(0) })).raise(
      task,
      node.shell,
      signal,
    );
    expect(lines(node)).toEqual(['nft list tables', 'nft -f -']);
    expect(node.commands[1]?.stdin).toContain('10.96.0.1 . tcp . 80 . 0 : 10.244.0.2 . 8080');
    expect(notes).toEqual(['serves 1 addresses and ports']);
  });

  it('that was there for a family that has nothing to serve any more is removed', async () => {
    const node = machine(() => ({ stdout: 'table ip6 proxymode-bridge\n' }));
    await createBridges(createServiceObjects({ client: cluster().client, clock: clockAt(0) })).raise(
      task,
      node.shell,
      signal,
    );
    expect(node.commands.map(({ stdin = '' }) => stdin.split('\n')[1])).toContain('delete table ip6 proxymode-bridge');
  });

  it('lists Services once for nodes that are switched together, and again later', async () => {
    const { client, asked } = cluster();
    const clock = clockAt(0);
    const bridges = createBridges(createServiceObjects({ client, clock }));
    const raise = (): Promise<readonly string[]> => bridges.raise(task, machine().shell, signal);
    await Promise.all([raise(), raise()]);
    expect(asked.filter((one) => one !== 'nodes')).toEqual(['services', 'endpointslices']);
    clock.at = 60_000;
    await raise();
    expect(asked.filter((one) => one === 'services')).toHaveLength(2);
  });

  it('does not remember that the API server was away', async () => {
    const world = cluster();
    const bridges = createBridges(createServiceObjects({ client: world.client, clock: clockAt(0) }));
    world.fails = true;
    await expect(bridges.raise(task, machine().shell, signal)).rejects.toThrow('away');
    world.fails = false;
    await expect(bridges.raise(task, machine().shell, signal)).resolves.toHaveLength(1);
  });

  it.each([
    [{ kind: 'exited', code: 127, stderr: 'nft: not found' }, Error, 'nft: not found'],
    [{ kind: 'refused', message: 'the host key has changed' }, TaskRefused, 'host key'],
    [{ kind: 'unreachable', message: 'no route' }, Error, 'no route'],
  ] as const)('that nft does not build says why: %j', async (answer, kind, words) => {
    const bridges = createBridges(createServiceObjects({ client: cluster().client, clock: clockAt(0) }));
    const raised = bridges.raise(task, machine(() => answer).shell, signal);
    await expect(raised).rejects.toThrow(kind);
    await expect(raised).rejects.toThrow(words);
  });

  it('needs a configuration of kube-proxy, and the Node', async () => {
    const bridges = createBridges(createServiceObjects({ client: cluster().client, clock: clockAt(0) }));
    const flags = { ...task, config: 'KUBE_PROXY_ARGS="--proxy-mode=ipvs"' };
    await expect(bridges.raise(flags, machine().shell, signal)).rejects.toThrow(TaskRefused);
    await expect(bridges.raise({ ...task, node: 'n9' }, machine().shell, signal)).rejects.toThrow('no Node n9');
  });

  it('is removed in the families it is in, and no other', async () => {
    const both = machine(({ argv }) =>
      argv[1] === 'list' ? { stdout: 'table ip nat\ntable ip proxymode-bridge\n' } : {},
    );
    await removeBridge(both.shell, signal);
    expect(both.commands.map(({ stdin }) => stdin)).toEqual([
      undefined,
      'add table ip proxymode-bridge\ndelete table ip proxymode-bridge\n',
    ]);
    const none = machine();
    await removeBridge(none.shell, signal);
    expect(lines(none)).toEqual(['nft list tables']);
  });
});
