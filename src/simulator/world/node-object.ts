// A Node as its kubelet registers and reports it, and the Ready condition as kubelet and node controller write it.
import type { KubeObject } from 'kopf-ts';
import type { ProxyMode } from '../../api/fields.ts';
import type { Incapacity } from './incapacity.ts';
import type { MachineSpec } from './machine.ts';
import { timestamp, type Labels } from './pod-objects.ts';

/** What a node of the simulated cluster is. Everything but the name has a default. */
export type NodeSpec = {
  readonly name: string;
  readonly controlPlane?: boolean;
  readonly labels?: Labels;
  readonly zone?: string;
  /** Kernel release; older than 5.13 cannot run nftables from 1.33 on. */
  readonly kernel?: string;
  /** When it differs from the image's: the skew of a half-upgraded cluster. */
  readonly kubeProxyVersion?: string;
  readonly osImage?: string;
  readonly os?: 'linux' | 'windows';
  readonly cannotRun?: Partial<Record<ProxyMode, Incapacity>>;
  /** Files, kernel modules and sysctls; a mode whose modules are missing cannot be run either. */
  readonly machine?: MachineSpec;
};

export type NodeFacts = {
  readonly version: string;
  readonly ip: string;
  readonly now: number;
  readonly providerID?: string;
};

const DEFAULT_KERNEL = '6.1.0-31-amd64';

export function kernelOf(spec: NodeSpec): string {
  return spec.kernel ?? (spec.os === 'windows' ? '10.0.20348.3207' : DEFAULT_KERNEL);
}

export function nodeObject(spec: NodeSpec, facts: NodeFacts): KubeObject {
  const os = spec.os ?? 'linux';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: spec.name, labels: labelsOf(spec, os) },
    spec: {
      ...(facts.providerID === undefined ? {} : { providerID: facts.providerID }),
      ...(spec.controlPlane === true ? { taints: [{ key: CONTROL_PLANE, effect: 'NoSchedule' }] } : {}),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: facts.ip },
        { type: 'Hostname', address: spec.name },
      ],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [readyCondition('ready', facts.now)],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: kernelOf(spec),
        kubeletVersion: facts.version,
        kubeProxyVersion: '',
        operatingSystem: os,
        osImage:
          spec.osImage ?? (os === 'windows' ? 'Windows Server 2022 Datacenter' : 'Debian GNU/Linux 12 (bookworm)'),
      },
    },
  } as KubeObject;
}

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

function labelsOf(spec: NodeSpec, os: string): Labels {
  return {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': spec.name,
    'kubernetes.io/os': os,
    ...(spec.zone === undefined ? {} : { 'topology.kubernetes.io/zone': spec.zone }),
    ...(spec.controlPlane === true ? { [CONTROL_PLANE]: '' } : {}),
    ...spec.labels,
  };
}

type Condition = Readonly<Record<string, string>>;

function readyCondition(state: 'ready' | 'silent', now: number): Condition {
  const times = { lastHeartbeatTime: timestamp(now), lastTransitionTime: timestamp(now) };
  if (state === 'ready')
    return {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      ...times,
    };
  // The node controller's words once node-monitor-grace-period is over.
  return {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    ...times,
  };
}

/** The same Node with its Ready condition changed; itself when it already stands so. */
export function withReadiness<T extends KubeObject>(node: T, state: 'ready' | 'silent', now: number): T {
  const status = (node as { status?: { conditions?: readonly Condition[] } }).status ?? {};
  const conditions = status.conditions ?? [];
  const wanted = readyCondition(state, now);
  if (conditions.some((condition) => condition['type'] === 'Ready' && condition['status'] === wanted['status']))
    return node;
  return {
    ...node,
    status: { ...status, conditions: [...conditions.filter((condition) => condition['type'] !== 'Ready'), wanted] },
  };
}

type Taint = { readonly key: string; readonly effect: string };

/** What `kubectl cordon` and `uncordon` leave. */
export function withCordon<T extends KubeObject>(node: T, cordoned: boolean): T {
  const {
    unschedulable: _,
    taints = [],
    ...spec
  } = ((node as { spec?: unknown }).spec ?? {}) as {
    unschedulable?: boolean;
    taints?: readonly Taint[];
  };
  const others = taints.filter((taint) => taint.key !== UNSCHEDULABLE);
  const all = cordoned ? [...others, { key: UNSCHEDULABLE, effect: 'NoSchedule' }] : others;
  return {
    ...node,
    spec: { ...spec, ...(all.length > 0 ? { taints: all } : {}), ...(cordoned ? { unschedulable: true } : {}) },
  };
}

const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** kube-proxy's /healthz turns 503 on such a node (KubeProxyDrainingTerminatingNodes). */
export function isEligibleForTraffic(node: KubeObject | undefined): boolean {
  if (node === undefined) return true;
  const { taints = [] } = ((node as { spec?: unknown }).spec ?? {}) as { taints?: readonly Taint[] };
  return (
    node.metadata.deletionTimestamp === undefined &&
    !taints.some((taint) => taint.key === 'ToBeDeletedByClusterAutoscaler')
  );
}
