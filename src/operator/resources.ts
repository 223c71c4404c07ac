// The core objects the operator looks at, cut down to what it needs: five thousand whole Nodes would be 125 MB.
import type { KubeObject, ObjectMeta, Resource } from 'kopf-ts';
import type { DaemonSetFacts } from '../kubeproxy/locate.ts';

export type NodeObject = KubeObject & {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: {
      readonly kubeletVersion?: string;
      readonly kernelVersion?: string;
      readonly osImage?: string;
      readonly architecture?: string;
    };
  };
};

type ContainerState = {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
};

export type ContainerStatus = {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
};

export type PodObject = KubeObject & {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly name: string; readonly image?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
  };
};

export type DaemonSetObject = KubeObject &
  DaemonSetFacts & {
    readonly metadata: ObjectMeta;
    readonly status?: {
      readonly observedGeneration?: number;
      readonly desiredNumberScheduled?: number;
      readonly updatedNumberScheduled?: number;
    };
  };

export type ConfigMapObject = KubeObject & { readonly data?: Readonly<Record<string, string>> };

export const NODES: Resource<NodeObject> = {
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
};
export const PODS: Resource<PodObject> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const CONFIG_MAPS: Resource<ConfigMapObject> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
export const DAEMON_SETS: Resource<DaemonSetObject> = {
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
};
