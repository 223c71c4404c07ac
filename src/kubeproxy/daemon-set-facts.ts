// The part of an apps/v1 DaemonSet that tells where a kube-proxy has its configuration from.

export type VolumeItem = { readonly key: string; readonly path: string };
export type ConfigMapSource = { readonly name?: string; readonly items?: readonly VolumeItem[] };

export type VolumeFacts = {
  readonly name: string;
  readonly configMap?: ConfigMapSource;
  readonly projected?: { readonly sources?: readonly { readonly configMap?: ConfigMapSource }[] };
};

export type MountFacts = { readonly name: string; readonly mountPath: string; readonly subPath?: string };

export type ContainerFacts = {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly volumeMounts?: readonly MountFacts[];
};

export type LabelSelectorFacts = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
};

export type PodSpecFacts = {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly containers?: readonly ContainerFacts[];
  readonly volumes?: readonly VolumeFacts[];
};

export type DaemonSetFacts = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly selector?: LabelSelectorFacts;
    readonly template?: { readonly spec?: PodSpecFacts };
    readonly updateStrategy?: { readonly type?: string };
  };
};
