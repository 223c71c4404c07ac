// What the API server asks the nodes for: logs, streams to a pod's port, commands in a container. The refusals are kubelet's and containerd's
// own words, for an operator has nothing else to tell causes by.
import type { Duplex } from 'node:stream';
import type { Ref } from 'kopf-ts';
import { PODS, type NodeBackend, type Store } from '../types.ts';
import type { KubeProxyProcess } from './kube-proxy-process.ts';
import { nodeNameOf } from './pod-objects.ts';
import type { PodRun } from './pod-run.ts';
import type { WorldNode } from './world-node.ts';
import type { Streams } from './streams.ts';

export type BackendParts = {
  readonly store: Store;
  readonly streams: Streams;
  readonly node: (name: string) => WorldNode | undefined;
};

export function createBackend(parts: BackendParts): NodeBackend {
  return {
    log(pod, options) {
      const { namespace, name } = pod;
      const { run, node, reachable } = locate(parts, pod);
      if (!reachable) {
        const container = options.container ?? 'kube-proxy';
        const url = `https://${node.ip}:10250/containerLogs/${namespace}/${name}/${container}`;
        throw new Error(`Get "${url}": dial tcp ${node.ip}:10250: connect: connection refused`);
      }
      if (run === undefined) throw new Error(`pod "${name}" not found in kubelet's cache`);
      return run.log(options);
    },
    async dial(pod, port) {
      const { run, node, reachable } = locate(parts, pod);
      if (!reachable) throw new Error(`error dialing backend: dial tcp ${node.ip}:10250: connect: connection refused`);
      if (run === undefined || !run.started) throw new Error(`pod not found ("${pod.name}_${pod.namespace}")`);
      // In the host's network the node's own kube-proxy is reached through any pod.
      const process = run.process ?? (run.spec.hostNetwork === true ? node.hostProcess() : undefined);
      return connect(parts.streams, process, port);
    },
    async exec(pod, request) {
      const { run, node, reachable } = locate(parts, pod);
      if (!reachable) throw new Error(`error dialing backend: dial tcp ${node.ip}:10250: connect: connection refused`);
      if (run === undefined) throw new Error(`pod "${pod.name}" not found in kubelet's cache`);
      return node.exec(run, request);
    },
  };
}

type Located = { readonly run: PodRun | undefined; readonly node: WorldNode; readonly reachable: boolean };

function locate(parts: BackendParts, pod: Ref): Located {
  const stored = parts.store.get(PODS, pod);
  if (stored === undefined) throw new Error(`pods "${pod.name}" not found`);
  const node = parts.node(nodeNameOf(stored) ?? '');
  if (node === undefined) throw new Error(`pod ${pod.name} does not have a host assigned`);
  return { run: node.runOf(stored), node, reachable: node.kubeletRunning };
}

/**
 * containerd dials localhost over IPv4, then IPv6, in the sandbox's network namespace; here that is the host's. The API
 * server puts `error forwarding port … to pod …` before it.
 */
function connect(streams: Streams, process: KubeProxyProcess | undefined, port: number): Duplex {
  const stream = process && streams.connect(process, port);
  if (stream !== undefined) return stream;
  const refused = (network: string, address: string): string =>
    `dial ${network} ${address}:${port}: connect: connection refused`;
  throw new Error(
    `failed to execute portforward in network namespace "host": failed to connect to localhost:${port} inside namespace "", ` +
      `IPv4: ${refused('tcp4', '127.0.0.1')} IPv6 ${refused('tcp6', '[::1]')}`,
  );
}
