// Everything the rules know about one node.
import type { KernelVersion } from '../../kubeproxy/kernel-version.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import type { Known } from '../known.ts';
import type { NodeObject, Pod } from './objects.ts';
import type { ProbeFacts } from './probe.ts';

/** A version with the text it was read from. `parsed` is undefined where the text is no version. */
export type ReadVersion = { readonly text: string; readonly parsed: Version | undefined };

export type NodeKubeProxy = {
  /** Its pod on this node; undefined when there is none. */
  readonly pod: Known<Pod | undefined>;
  /** Of the running process: /metrics, else its pod's image tag. */
  readonly version: Known<ReadVersion>;
  /** Somebody tried to ask it. Where nobody did, what it answers is unseen all the same. */
  readonly asked: boolean;
  /** What /proxyMode answered. */
  readonly proxyMode: Known<string>;
  /** The mode this node runs: /proxyMode, else what the configuration asks for, '' resolved by version. */
  readonly mode: Known<string>;
  /** Counters by which iptables mode tells what nftables would break (PRs 125015, 122812, since 1.31). undefined: it does not count. */
  readonly localhostNodePortPackets: Known<number | undefined>;
  readonly invalidDroppedPackets: Known<number | undefined>;
  readonly syncFailures: Known<number>;
  /** Seconds of Unix time by IP family ('' when one for all). */
  readonly lastSync: Known<Readonly<Record<string, number>>>;
  readonly processStart: Known<number>;
};

export type NodeFacts = {
  readonly name: string;
  readonly object: NodeObject;
  readonly os: 'linux' | 'windows';
  readonly osImage: string;
  readonly kubelet: Known<ReadVersion>;
  readonly kernel: Known<{ readonly text: string } & KernelVersion>;
  readonly ready: boolean;
  readonly controlPlane: boolean;
  /** InternalIP and ExternalIP of status.addresses, in their order. */
  readonly internalIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly podCidrs: readonly string[];
  readonly cpus: number | undefined;
  readonly kubeProxy: NodeKubeProxy;
  readonly probe: ProbeFacts;
};
