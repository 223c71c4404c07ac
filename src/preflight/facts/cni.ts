// Which networks are installed, with what sections 2 and 3 of the catalogue ask about each. Absent ones are undefined.
import type { Version } from '../../kubeproxy/versions.ts';
import type { Known } from '../known.ts';
import type { DaemonSet } from './objects.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What every network found by a DaemonSet has. `version` is read from the image's tag. */
export type Installed = {
  readonly daemonSet: DaemonSet;
  readonly namespace: string;
  readonly image: string;
  readonly version: Known<Version>;
  /** Plain values of the main container's environment; what comes from elsewhere is absent. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables whose values are in ConfigMaps, Secrets or fields. */
  readonly envElsewhere: readonly string[];
  readonly words: readonly string[];
};

export type CalicoFacts = Installed & {
  readonly managedBy: 'operator' | 'manifest';
  /** Where Calico keeps its objects. In etcd no FelixConfiguration can be seen by way of the API server: `felix` is unseen then. */
  readonly datastore: 'kubernetes' | 'etcd';
  /** Specs of FelixConfigurations by object name: `default`, `node.<name>`. */
  readonly felix: Known<Readonly<Record<string, Fields>>>;
  /** Spec of the Tigera operator's Installation; undefined when there is none. */
  readonly installation: Known<Fields | undefined>;
  readonly operatorVersion: Known<Version | undefined>;
  /** linuxDataplane of the Installation: Iptables (its default), Nftables, BPF, VPP; undefined without an Installation. */
  readonly linuxDataplane: Known<string | undefined>;
};

export type CiliumFacts = Installed & {
  /** kube-proxy-replacement of cilium-config: true, false, strict, partial, probe, disabled; 'false' when unset. */
  readonly kubeProxyReplacement: Known<string>;
  /** The same from CiliumNodeConfigs, by their names. */
  readonly nodeOverrides: Known<Readonly<Record<string, string>>>;
};

export type AntreaFacts = Installed & { readonly agentConfig: Known<Fields>; readonly proxyAll: Known<boolean> };

export type FlannelFacts = {
  readonly daemonSet: DaemonSet;
  /** Name of the ConfigMap with net-conf.json, in the DaemonSet's namespace. */
  readonly configMap: string;
  readonly enableNFTables: Known<boolean>;
  readonly netConf: Known<Fields>;
};

export type CniFacts = {
  readonly calico: CalicoFacts | undefined;
  /** flannel and calico-node in one DaemonSet; `calico` and `flannel` are set, too. */
  readonly canal: boolean;
  readonly flannel: FlannelFacts | undefined;
  readonly cilium: CiliumFacts | undefined;
  readonly antrea: AntreaFacts | undefined;
  readonly kubeRouter: Installed | undefined;
  readonly weave: Installed | undefined;
  readonly kubeOvn: Installed | undefined;
  /** OVN-Kubernetes by its DaemonSet, or by OpenShift's network operator. */
  readonly ovnKubernetes: Known<boolean>;
  readonly awsVpc: Installed | undefined;
  readonly azureNpm: Installed | undefined;
  /** Names of those above that were found, for messages. */
  readonly names: readonly string[];
};
