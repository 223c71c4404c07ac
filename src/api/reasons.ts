// The closed list of reasons: what conditions, events, logs and `status.reason` may say.
// Each entry tells when it is used; docs and tests read this table.

export const REASONS = {
  // ProxyModeMigration: Ready=True
  Succeeded: 'Every selected node is verified in the target mode.',
  DryRun: 'The plan is in the status; nothing was touched.',
  // on its way
  Planning: 'Modes and versions of the nodes are being read.',
  Checking: 'The preflight looks at the cluster and its nodes.',
  Progressing: 'Nodes are being switched.',
  WaitingForNodes: 'NotReady nodes use up rollout.maxUnavailable.',
  WaitingForUpstreamChange:
    'Strategy Assist: nothing is written; nodes are verified as soon as somebody has changed the mode and their kube-proxy has restarted.',
  WaitingForDaemonSet: 'The kube-proxy DaemonSet is being rolled out by somebody else.',
  GivingBack: 'A node did not switch and is being given its old mode back.',
  RollingBack: 'Switched nodes are being taken back to their old mode.',
  Paused: 'spec.paused is set.',
  Deleting: 'The migration was deleted before its end; nodes are being left in a defined state.',
  // a person is needed: Stalled=True
  NodeFailed: 'A node did not switch; it is back in its old mode and the migration stopped (onFailure: Pause).',
  RolledBack: 'A node did not switch; every node is back in its old mode.',
  UpstreamChangeFailed:
    'Strategy Assist: somebody has changed the mode, and kube-proxy on a node does not run, or answers another mode.',
  NodeStranded: 'A node could not be verified in its old mode either.',
  ConfigMapChanged: 'Somebody else changed the mode in the ConfigMap during the migration.',
  NoNodesSelected: 'No node matches spec.nodeSelector.',
  KubeProxyNotFound: 'No kube-proxy DaemonSet, or not the one named in spec.kubeProxy.',
  ConfigMapNotFound: 'The ConfigMap, or the key in it, is missing.',
  ConfigUnparsable: 'The ConfigMap key is not a KubeProxyConfiguration.',
  ConfigTooLarge: 'The ConfigMap key is too large to be remembered in the status.',
  PreflightBlocked: 'Preflight rules stand in the way; nothing was changed.',
  LookFailed: 'The preflight has failed to look at the cluster several times in a row; it goes on trying.',
  PreparationFailed:
    'Kernel modules or sysctls of a node could not be made ready, or a bridge it must have could not be built; it is not switched.',
  ModeUnsupported: 'A node runs a kube-proxy version that does not have the target mode.',
  NodesUnreadable: 'The mode of Ready nodes could not be read.',
  Conflict: 'Another migration is working on the same kube-proxy.',
  NodesSkipped: 'All other nodes are switched; some were NotReady, or had no kube-proxy, and have not been verified.',
  Forbidden: 'The operator lacks a right.',
  Refused:
    'The API server refuses what the operator wants to write, though it has the right: it is invalid, or a quota, Pod Security, an admission webhook or a namespace that is being deleted stands in the way.',
  InvalidSpec: 'The spec cannot be carried out as it stands.',
  TidyingUp: 'All nodes are done; bridges, or copies of configuration files, are being removed from them.',
  // NodeMigration
  Waiting: 'Its turn has not come.',
  Switching: 'Its pod is being replaced.',
  Verifying: 'The new kube-proxy is being read.',
  Switched: 'Verified in the target mode.',
  SwitchedOutOfTurn: 'Its kube-proxy restarted by itself; verified in the target mode.',
  AlreadyInMode: 'Ran the target mode before the migration began.',
  AnswersAnotherMode: 'The new kube-proxy runs, but answers another mode.',
  CrashLooping: 'The new kube-proxy ends again and again.',
  NeverSynced: 'The new kube-proxy did not program its rules.',
  NeverAnswered: 'The new kube-proxy did not answer on /proxyMode.',
  SyncFailing: 'The sync failure counters of the new kube-proxy grow.',
  PodNotReplaced: 'No new kube-proxy pod came.',
  RulesWrong: 'The rules of the new kube-proxy are not what Services demand (verify.audit: Enforce).',
  RulesUnread: 'The rules of the new kube-proxy could not be read (verify.audit: Enforce).',
  Restoring: 'Being given its old mode back.',
  Restored: 'Back in its old mode, verified (on Events; the record keeps why it had not switched).',
  NodeNotReady: 'The node is NotReady.',
  NodeGone: 'The node was removed from the cluster.',
  NotSelected: 'Outside spec.nodeSelector; it is watched, because it shares the ConfigMap.',
  ConfigMapRestored: 'Its new kube-proxy came up after the ConfigMap had its old mode back.',
  NoKubeProxyPod: 'No kube-proxy pod runs on the node.',
} as const;

export type Reason = keyof typeof REASONS;
