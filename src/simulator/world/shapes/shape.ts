// How kube-proxy is installed differs by distribution: names, keys, arguments, volumes, and the text of the
// configuration down to its quotes. A shape makes those objects for the simulated cluster.
import type { ConfigMap, DaemonSet } from '../pod-objects.ts';

export type ShapeInput = {
  /** As it stands in the ConfigMap; '' allowed. */
  readonly mode: string;
  /** `v1.36.3` */
  readonly version: string;
};

export type Shape = {
  /** kube-proxy's own, and those by which the distribution is recognised. */
  readonly configMaps: readonly ConfigMap[];
  readonly daemonSet: DaemonSet;
  readonly providerID?: (node: string) => string;
};
