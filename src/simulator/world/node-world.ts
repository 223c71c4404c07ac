// What every node of the world shares.
import type { Clock } from 'kopf-ts';
import type { Store } from '../types.ts';
import type { DecodedConfig } from './kube-proxy-config.ts';
import type { ConfigMapHistory } from './projection.ts';
import type { Timings } from './timings.ts';

export type NodeWorld = {
  readonly clock: Clock;
  readonly store: Store;
  readonly timings: Timings;
  readonly random: () => number;
  /** Kubernetes version of the kubelets. */
  readonly version: string;
  /** How many Services kube-proxy has to program. */
  readonly services: number;
  readonly providerID: ((node: string) => string) | undefined;
  readonly configMaps: ConfigMapHistory;
  readonly decodeConfig: (text: string) => DecodedConfig;
  readonly newContainerID: () => string;
  /** Fires when the world ends. */
  readonly closing: AbortSignal;
  /** Keeps hold of a piece of work, so that its failure is not lost. */
  readonly track: (work: Promise<void>) => void;
};
