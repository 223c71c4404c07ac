// Kubernetes objects as the API server lists them, cut to the fields the rules read. Everything may be missing.
import type { ContainerFacts, DaemonSetFacts, PodSpecFacts, VolumeFacts } from '../../kubeproxy/daemon-set-facts.ts';

type Names = Readonly<Record<string, string>>;

export type Metadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Names;
  readonly annotations?: Names;
  readonly uid?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly apiVersion?: string }[];
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly operation?: string;
    readonly time?: string;
    readonly fieldsV1?: unknown;
  }[];
};

export type EnvVar = { readonly name: string; readonly value?: string; readonly valueFrom?: unknown };

export type Container = ContainerFacts & {
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly {
    readonly containerPort: number;
    readonly hostPort?: number;
    readonly hostIP?: string;
    readonly protocol?: string;
  }[];
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
};

export type Volume = VolumeFacts & { readonly hostPath?: { readonly path: string } };

export type PodSpec = Omit<PodSpecFacts, 'containers' | 'volumes'> & {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly hostNetwork?: boolean;
  readonly nodeName?: string;
};

export type Pod = {
  readonly metadata: Metadata;
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly startTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly image?: string;
      readonly ready?: boolean;
      readonly restartCount?: number;
      readonly state?: { readonly waiting?: { readonly reason?: string } };
    }[];
  };
};

type Workload = {
  readonly selector?: unknown;
  readonly template?: { readonly metadata?: Partial<Metadata>; readonly spec?: PodSpec };
};

/** Can be given to `locate`. */
export type DaemonSet = Omit<DaemonSetFacts, 'metadata' | 'spec'> & {
  readonly metadata: Metadata;
  readonly spec?: Omit<NonNullable<DaemonSetFacts['spec']>, 'template' | 'updateStrategy'> &
    Pick<Workload, 'template'> & {
      readonly updateStrategy?: {
        readonly type?: string;
        readonly rollingUpdate?: {
          readonly maxUnavailable?: number | string;
          readonly maxSurge?: number | string;
        };
      };
    };
  readonly status?: {
    readonly desiredNumberScheduled?: number;
    readonly currentNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
    readonly numberUnavailable?: number;
    readonly observedGeneration?: number;
  };
};

export type Deployment = { readonly metadata: Metadata; readonly spec?: Workload };

export type ConfigMap = { readonly metadata: Metadata; readonly data?: Names };

export type NodeObject = {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly providerID?: string;
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly capacity?: Names;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly nodeInfo?: {
      readonly kernelVersion?: string;
      readonly osImage?: string;
      readonly operatingSystem?: string;
      readonly kubeletVersion?: string;
      readonly kubeProxyVersion?: string;
      readonly containerRuntimeVersion?: string;
      readonly architecture?: string;
    };
  };
};

export type ServicePort = {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
  readonly protocol?: string;
};

export type Service = {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ports?: readonly ServicePort[];
    readonly externalIPs?: readonly string[];
    readonly externalTrafficPolicy?: string;
    readonly internalTrafficPolicy?: string;
    readonly healthCheckNodePort?: number;
    readonly loadBalancerIP?: string;
    readonly allocateLoadBalancerNodePorts?: boolean;
    readonly sessionAffinity?: string;
    readonly selector?: Names;
  };
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string; readonly ipMode?: string }[];
    };
  };
};

export type EndpointSlice = {
  readonly metadata: Metadata;
  readonly addressType?: string;
  readonly endpoints?:
    | readonly {
        readonly addresses?: readonly string[];
        readonly conditions?: { readonly ready?: boolean | null; readonly serving?: boolean | null };
        readonly nodeName?: string;
      }[]
    | null;
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[] | null;
};

/** Where a webhook or an aggregated API is reached. */
export type ServiceReference = { readonly namespace?: string; readonly name?: string };

export type WebhookConfiguration = {
  readonly metadata: Metadata;
  readonly webhooks?: readonly {
    readonly name?: string;
    readonly failurePolicy?: string;
    readonly clientConfig?: { readonly service?: ServiceReference; readonly url?: string };
  }[];
};

export type ApiService = {
  readonly metadata: Metadata;
  readonly spec?: { readonly service?: ServiceReference | null };
};

export type ServiceCidr = { readonly metadata: Metadata; readonly spec?: { readonly cidrs?: readonly string[] } };

export type Namespace = { readonly metadata: Metadata };

/** A custom resource; `spec` is read with care. */
export type Custom = {
  readonly metadata: Metadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
};
