// `status` of a pod as the kubelet reports it, made from what the kubelet knows of the one container that matters.
import { timestamp, type PodCondition, type PodSpec } from './pod-objects.ts';

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running'; readonly startedAt: number }
  | TerminatedState;

export type TerminatedState = {
  readonly kind: 'terminated';
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly containerID: string;
};

export type PodFacts = {
  readonly spec: PodSpec;
  readonly hostIP: string;
  readonly startTime: number;
  readonly now: number;
  readonly state: ContainerState;
  readonly last?: TerminatedState;
  readonly containerID?: string;
  readonly restartCount: number;
  /** activeDeadlineSeconds are over. */
  readonly deadlineExceeded: boolean;
  /** Of the status before, for their transition times. */
  readonly conditions: readonly PodCondition[];
};

/** pkg/kubelet/active_deadline.go. */
const DEADLINE_EXCEEDED = {
  phase: 'Failed',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

/** A pod is Running from its first container start on, also in CrashLoopBackOff: only its readiness tells. */
export function podStatus(facts: PodFacts): Readonly<Record<string, unknown>> {
  const started = facts.state.kind === 'running' || facts.restartCount > 0 || facts.state.kind === 'terminated';
  return {
    ...(facts.deadlineExceeded ? DEADLINE_EXCEEDED : { phase: started ? 'Running' : 'Pending' }),
    conditions: conditionsOf(facts),
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    podIP: facts.hostIP,
    podIPs: [{ ip: facts.hostIP }],
    startTime: timestamp(facts.startTime),
    qosClass: 'BestEffort',
    containerStatuses: facts.spec.containers.slice(0, 1).map((container) => ({
      name: container.name,
      image: container.image,
      imageID: `${container.image.split(':')[0]}@sha256:${'0'.repeat(64)}`,
      ...(facts.containerID === undefined ? {} : { containerID: facts.containerID }),
      ready: facts.state.kind === 'running',
      started: facts.state.kind === 'running',
      restartCount: facts.restartCount,
      state: stateOf(facts.state),
      lastState: facts.last === undefined ? {} : stateOf(facts.last),
    })),
  };
}

function stateOf(state: ContainerState): Readonly<Record<string, unknown>> {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    case 'running':
      return { running: { startedAt: timestamp(state.startedAt) } };
    case 'terminated':
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.reason,
          startedAt: timestamp(state.startedAt),
          finishedAt: timestamp(state.finishedAt),
          containerID: state.containerID,
        },
      };
  }
}

function conditionsOf(facts: PodFacts): readonly PodCondition[] {
  const names = facts.spec.containers.map((container) => container.name).join(' ');
  const ready = facts.state.kind === 'running';
  const why = ready ? {} : { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
  const sandbox = facts.state.kind !== 'waiting' || facts.restartCount > 0;
  const wanted: readonly Omit<PodCondition, 'lastTransitionTime'>[] = [
    { type: 'PodReadyToStartContainers', status: sandbox ? 'True' : 'False' },
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: ready ? 'True' : 'False', ...why },
    { type: 'ContainersReady', status: ready ? 'True' : 'False', ...why },
    { type: 'PodScheduled', status: 'True' },
  ];
  return wanted.map((condition) => {
    const before = facts.conditions.find((candidate) => candidate.type === condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : timestamp(facts.now);
    return { ...condition, lastTransitionTime: since };
  });
}
