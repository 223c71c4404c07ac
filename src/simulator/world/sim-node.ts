// The handle a test or the demo holds on a simulated node: what can be done to it, and what can be seen of it without
// the API.
import type { ProxyMode } from '../../api/fields.ts';
import type { Incapacity } from './incapacity.ts';
import type { Exit } from './kube-proxy-process.ts';
import type { Machine } from './machine.ts';
import type { Mode } from './modes.ts';
import type { ExecProgram } from './pod-exec.ts';
import type { DarkWindow } from './rules.ts';

export type HistoryEntry = {
  /** Milliseconds since the epoch, by the simulator's clock. Of pods, kube-proxy's only. */
  readonly at: number;
  readonly what:
    | 'podCreated'
    | 'podDeleted'
    | 'podGone'
    | 'processStarted'
    | 'rulesCleaned'
    | 'synced'
    | 'processEnded'
    | 'notReady'
    | 'ready'
    | 'removed'
    | 'joined';
  readonly pod?: string;
  /** Of `synced`: whose rules were written; of `rulesCleaned`: which mode's start deleted the others', if there were any. */
  readonly mode?: Mode;
};

export type SimNode = {
  readonly name: string;
  /** False: the kubelet falls silent and the node is marked NotReady at once. Its kube-proxy keeps running. */
  setReady(ready: boolean): void;
  /** The machine and its Node are gone; its pods are collected. */
  remove(): void;
  /** The same name comes back as a fresh machine: new uid, no rules. */
  rejoin(): void;
  cordon(): void;
  uncordon(): void;
  /** Why it cannot run a mode from now on; undefined repairs it. Looked at when kube-proxy starts and when a sync is retried. */
  cannotRun(mode: ProxyMode, incapacity: Incapacity | undefined): void;
  /** The container ends and is restarted in the same pod; it reads the projected file, which may lag the ConfigMap. */
  restartKubeProxy(exit?: Exit): void;
  /** As setReady(false), but the node controller notices only after its grace period. */
  stopKubelet(): void;
  startKubelet(): void;
  dataplane(): {
    /** Whose rules translate new connections; undefined when there are none. */
    readonly mode: Mode | undefined;
    /** All modes with rules in the kernel. */
    readonly present: readonly Mode[];
    /** The running kube-proxy has programmed them. */
    readonly synced: boolean;
    /** There are rules, and nobody keeps them current. */
    readonly frozen: boolean;
    readonly dark: boolean;
  };
  /** When new connections to Services failed on the node. */
  darkness(): { readonly windows: readonly DarkWindow[]; readonly total: number };
  /** What the running kube-proxy answers on /proxyMode, read without the API. */
  proxyMode(): string | undefined;
  /** Its files, kernel modules and sysctls, as they are now. */
  readonly machine: Machine;
  /** Runs the commands of its containers from now on; what it returns undefined for is left to the machine's few own ones. */
  onExec(program: ExecProgram | undefined): void;
  /** kube-proxy pods deleted on it through the API, by whomever. */
  readonly podDeletions: number;
  readonly history: readonly HistoryEntry[];
};
