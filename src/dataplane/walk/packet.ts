// The first packet of a connection, and what becomes of it on its way through a node's rules.
import type { Family } from '../addresses.ts';
import type { Counter } from '../rules/counter.ts';

/** Where a connection begins: in a pod of this node, on the node itself, or outside. */
export type Origin = 'pod' | 'host' | 'outside';

export type Packet = {
  readonly from: Origin;
  readonly family: Family;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
};

/** One of the ways a packet can take: rules draw lots. */
export type Branch = Packet & {
  /** Of all packets like this one, 0 to 1. */
  readonly share: number;
  readonly mark: number;
  /** The destination is an endpoint's by now. */
  readonly translated: boolean;
  /** What the packet would have been marked with, had the endpoint itself sent it. */
  readonly selfMark: number;
  /** A returning client is recognised for so long, and this one is remembered. */
  readonly affinitySeconds: number | undefined;
  readonly remembered: boolean;
};

export function firstBranch(packet: Packet): Branch {
  return {
    ...packet,
    share: 1,
    mark: 0,
    translated: false,
    selfMark: 0,
    affinitySeconds: undefined,
    remembered: false,
  };
}

/** What a table's hook did with a branch. `passed`: nothing that ends it there. */
export type Outcome = {
  readonly verdict: 'passed' | 'accepted' | 'dropped' | 'rejected' | 'masqueraded';
  readonly branch: Branch;
  /** The chain it ended in. */
  readonly where: string;
};

/** One rule a branch has met, for a person to read. */
export type Step = {
  readonly depth: number;
  /** `nat KUBE-SERVICES` */
  readonly where: string;
  /** As written. */
  readonly rule: string;
  readonly share: number;
  readonly counter: Counter | undefined;
  /** It leads into a chain of somebody else, which is not entered. */
  readonly passedOver: boolean;
};

/** Told of every step; absent where nobody reads. */
export type Watch = ((step: Step) => void) | undefined;

/** What a part of the way is for: finding the endpoint, letting through or refusing, and replacing the source. */
export type Stage = 'destination' | 'filter' | 'source';
export type StagedStep = Step & { readonly stage: Stage };
export type StagedWatch = ((step: StagedStep) => void) | undefined;

/** Where a connection ends. Shares of all endings of a packet add up to 1. */
export type Ending =
  | {
      readonly kind: 'endpoint';
      readonly at: string;
      readonly share: number;
      /** The endpoint sees the node's address instead of the client's. */
      readonly masquerade: boolean;
      /** A connection of the endpoint to itself is masqueraded. Told only of what comes from pods: nobody else can do that. */
      readonly hairpin: boolean | undefined;
      readonly affinitySeconds: number | undefined;
    }
  | { readonly kind: 'rejected' | 'dropped' | 'untranslated'; readonly share: number; readonly where: string };
