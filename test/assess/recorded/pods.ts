// The pods a cluster has because of its DaemonSets, and those that run on single nodes.
import type { DaemonSet, NodeObject, Pod } from '../../../src/preflight/facts/objects.ts';

/** One on every node that fits the template's nodeSelector, running since long ago. */
export function daemonSetPods(daemonSets: readonly DaemonSet[], nodes: readonly NodeObject[]): readonly Pod[] {
  return daemonSets.flatMap(({ metadata, spec }) => {
    const { metadata: own = {}, spec: podSpec = {} } = spec?.template ?? {};
    const { nodeSelector = {} } = podSpec;
    const fitting = nodes.filter((node) =>
      Object.entries(nodeSelector).every(([label, value]) => node.metadata.labels?.[label] === value),
    );
    return fitting.map((node, index) =>
      running(node, {
        metadata: {
          ...own,
          name: `${metadata.name}-${suffix(index)}`,
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: metadata.name }],
        },
        spec: podSpec,
      }),
    );
  });
}

/** `onEach`: one on every node whose name begins so, called as the kubelet calls mirror pods. Others come as they are. */
export function podsOnNodes(
  pods: readonly (Pod & { readonly onEach?: string })[],
  nodes: readonly NodeObject[],
): readonly Pod[] {
  return pods.flatMap(({ onEach, ...pod }) => {
    if (onEach === undefined) return [{ ...pod, status: { ...RUNNING, ...pod.status } }];
    const fitting = nodes.filter(({ metadata }) => metadata.name.startsWith(onEach));
    return fitting.map((node) => running(node, mirrored(pod, node.metadata.name)));
  });
}

function mirrored(pod: Pod, node: string): Pod {
  const { annotations = {}, ...metadata } = pod.metadata;
  return {
    ...pod,
    metadata: {
      ...metadata,
      name: `${metadata.name}-${node}`,
      annotations: { ...annotations, 'kubernetes.io/config.mirror': '6b1c0d7e', 'kubernetes.io/config.source': 'file' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node }],
    },
  };
}

const RUNNING = {
  phase: 'Running',
  startTime: '2026-03-02T08:00:00Z',
  conditions: [{ type: 'Ready', status: 'True' }],
};

function running(node: NodeObject, pod: Pod): Pod {
  const { spec = {} } = pod;
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const containerStatuses = (spec.containers ?? []).map(({ name, image }) => ({
    name,
    ...(image === undefined ? {} : { image }),
    ready: true,
    restartCount: 0,
  }));
  return {
    ...pod,
    spec: { ...spec, nodeName: node.metadata.name },
    status: {
      ...RUNNING,
      ...(spec.hostNetwork === true && address !== undefined ? { podIP: address } : {}),
      containerStatuses,
    },
  };
}

/** Five letters and digits, as the API server generates them: here, from a number. */
function suffix(index: number): string {
  return (index * 7919 + 65_537).toString(32).padStart(5, 'x').slice(-5);
}
