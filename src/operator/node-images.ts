// Which image helper pods are made of: that of the node's own kube-proxy is on the node, that of the DaemonSet's template need
// not be (updateStrategy OnDelete, an upgrade that is half done), and an air-gapped node cannot get it.
import type { Observed } from '../rollout/observed.ts';

export class NodeImages {
  #template: string | undefined;
  #byNode: ReadonlyMap<string, string> = new Map();

  /** What was there stays there while a kube-proxy is replaced. */
  see({ kubeProxy, nodes, pods }: Pick<Observed, 'kubeProxy' | 'nodes' | 'pods'>): void {
    this.#template = kubeProxy.image === '' ? undefined : kubeProxy.image;
    const byNode = new Map<string, string>();
    for (const { name } of nodes) {
      const image = pods.get(name)?.image ?? this.#byNode.get(name);
      if (image !== undefined) byNode.set(name, image);
    }
    this.#byNode = byNode;
  }

  readonly of = (node: string): string | undefined => this.#byNode.get(node) ?? this.#template;
}
