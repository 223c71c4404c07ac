// The parts of Pods, DaemonSets and Nodes the world reads and writes. Stored objects are plain JSON of unknown shape;
// these types name what is used, and the readers below are the only places that look into a stored object.
import type { KubeObject, Ref } from 'kopf-ts';

export type Labels = Readonly<Record<string, string>>;

export type ConfigMapItems = readonly { readonly key: string; readonly path: string }[];

export type Volume = {
  readonly name: string;
  readonly configMap?: { readonly name: string; readonly items?: ConfigMapItems; readonly optional?: boolean };
  readonly projected?: {
    readonly sources?: readonly { readonly configMap?: { readonly name: string; readonly items?: ConfigMapItems } }[];
  };
  readonly hostPath?: { readonly path: string; readonly type?: string };
};

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: { readonly privileged?: boolean };
};

export type VolumeMount = {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
};

export type NodeSelectorTerm = {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
};
export type NodeRequirement = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

export type PodSpec = {
  readonly nodeName?: string;
  readonly nodeSelector?: Labels;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
      };
    };
  };
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly hostNetwork?: boolean;
  readonly activeDeadlineSeconds?: number;
};

export type PodTemplate = {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec: PodSpec;
};

export type PodCondition = {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
};

export type Pod = KubeObject & {
  readonly spec: PodSpec;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly PodCondition[] };
};

export type DaemonSet = KubeObject & {
  readonly spec: {
    readonly selector: { readonly matchLabels?: Labels };
    readonly template: PodTemplate;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string };
    };
  };
  readonly status?: Readonly<Record<string, unknown>>;
};

export type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** How the API writes times: seconds, UTC. */
export function timestamp(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function refOf(object: KubeObject): Ref {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}

/** Which node a pod is bound to; undefined for anything else. */
export function nodeNameOf(pod: KubeObject): string | undefined {
  return (pod as Partial<Pod>).spec?.nodeName;
}

export function isReady(pod: KubeObject): boolean {
  const conditions = (pod as Partial<Pod>).status?.conditions ?? [];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** What the node controller does to the pods of a silent node (MarkPodsNotReady): only their readiness goes. */
export function withoutReadiness<T extends KubeObject>(pod: T, now: number): T {
  const { status = {} } = pod as Partial<Pod>;
  const { conditions = [] } = status;
  const changed = conditions.map((condition) =>
    condition.type === 'Ready' && condition.status === 'True'
      ? { ...condition, status: 'False' as const, lastTransitionTime: timestamp(now) }
      : condition,
  );
  return { ...pod, status: { ...status, conditions: changed } };
}
