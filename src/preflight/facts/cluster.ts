// Everything the rules know about the cluster. Lists stay raw objects: a rule picks from them what it needs.
import type { ProxyConfig } from '../../kubeproxy/config-read.ts';
import type { Located, LocateProblem } from '../../kubeproxy/locate.ts';
import type { Distribution } from '../distributions/distribution.ts';
import type { Known } from '../known.ts';
import type { CniFacts } from './cni.ts';
import type { ReadVersion } from './node.ts';
import type { ConfigMap, Container, DaemonSet, Pod } from './objects.ts';
import type { Planned } from './planned-config.ts';
import type { Snapshot } from './snapshot.ts';

/** Where kube-proxy runs. */
export type KubeProxyPlace =
  | {
      readonly kind: 'daemonSet';
      readonly daemonSet: DaemonSet;
      readonly container: Container;
      readonly located: Located;
    }
  /** There is one, but its configuration cannot be followed to a ConfigMap, or there are several. */
  | { readonly kind: 'unresolved'; readonly problem: LocateProblem; readonly daemonSet: DaemonSet | undefined }
  /** Mirror pods: the kubelet reads them from files of the node. */
  | { readonly kind: 'staticPods'; readonly pods: readonly Pod[] }
  /** No pod, yet kube-proxy answers on this many nodes: a systemd unit, or part of another process. */
  | { readonly kind: 'onNodes'; readonly answering: readonly string[] }
  /** No pod, and no node answered; `asked` is false where no node could be asked. */
  | { readonly kind: 'absent'; readonly asked: boolean };

/** The configuration file. Rules read fields with `at(['ipvs', 'strictARP'])`. */
export type ProxyConfigFacts = {
  readonly text: string;
  /** Mode, metrics address, feature gates. */
  readonly read: ProxyConfig;
  /** Value at a path; undefined when the field, or a section above it, is missing. null and '' are returned as they are. */
  readonly at: (path: readonly string[]) => unknown;
  /** The same for a field that is a string: '' where it is unset or none. */
  readonly textAt: (path: readonly string[]) => string;
};

export type KubeProxyFacts = {
  readonly place: Known<KubeProxyPlace>;
  /** The version new pods will have: the image tag in the pod template, else the API server's. */
  readonly version: Known<ReadVersion>;
  /** Unseen with the parser's message where it cannot be read; `configText` is known then. Made of flags where there is no --config. */
  readonly config: Known<ProxyConfigFacts>;
  /** The same once a migration to this mode has written it: its coupled fields and spec.config are in it. */
  readonly planned: Planned;
  readonly configText: Known<string>;
  readonly configMap: Known<ConfigMap>;
  /** The mode the configuration or flags ask for, '' resolved by version. */
  readonly configuredMode: Known<string>;
  /** Mode as written: '' when unset. */
  readonly writtenMode: Known<string>;
  /** Command line of the container or of the unit, taken apart. */
  readonly words: Known<readonly string[]>;
  /** Its pods on every node, Linux only. */
  readonly pods: Known<readonly Pod[]>;
  /** Of the `server:` in its kubeconfig. */
  readonly apiServer: Known<string>;
};

/** Raw lists are those of the snapshot. `custom.felixConfigurations` and so on, `configMap('ns/name')`. */
export type ClusterFacts = Omit<Snapshot, 'nodes' | 'readings' | 'probes' | 'configMaps' | 'serverVersion'> & {
  readonly serverVersion: Known<ReadVersion>;
  readonly configMap: (name: string) => Known<ConfigMap | undefined>;
  readonly kubeProxy: KubeProxyFacts;
  readonly distribution: Known<Distribution>;
  readonly cni: Known<CniFacts>;
  /** CIDRs: ServiceCIDR objects, else kubeadm's networking.serviceSubnet, else the API server's flag. */
  readonly serviceRanges: Known<readonly string[]>;
  /** The API server's --service-node-port-range ('30000-32767' when not set). */
  readonly nodePortRange: Known<string>;
  /** Arguments of kube-apiserver's static pods; unseen where it is no pod. */
  readonly apiServerArgs: Known<readonly string[]>;
};
