// A node's life: started, crashed, started again from its disk.
import { removeCgroups } from './cgroups.ts';
import { startContainerRuntime } from './container-runtime.ts';
import { stopDaemon } from './daemon.ts';
import { startKubelet } from './kubelet.ts';
import { startNamespaces } from './node-namespaces.ts';
import type { Place } from './place.ts';

/** The node without its kubelet; needs no API server. */
export async function startMachine(place: Place, node: string, nodes: readonly string[]): Promise<void> {
  await startNamespaces(place, node, nodes);
  await startContainerRuntime(place, node);
}

export async function startNode(place: Place, node: string, nodes: readonly string[]): Promise<void> {
  await startMachine(place, node, nodes);
  await startKubelet(place, node);
}

/** As if the power were cut: everything on the node ends at once; the API server hears nothing of it. */
export async function crashNode(place: Place, node: string): Promise<void> {
  for (const role of [node, `containerd-${node}`, `kubelet-${node}`]) await stopDaemon(place, role);
  await removeCgroups(place, node);
}
