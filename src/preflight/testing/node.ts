// Nodes for tests: Linux, ready, 5.15, iptables mode, read, and probed with nothing on it but what is said.
import type { NodeObject } from '../facts/objects.ts';
import type { CommandOutput, KubeProxyAnswers, ProbeOutputs } from '../facts/snapshot.ts';
import { isUnseen, known, unseen } from '../known.ts';
import type { Known, Unseen } from '../known.ts';

export type NodePart = {
  readonly object: NodeObject;
  readonly answers: KubeProxyAnswers | undefined;
  readonly probe: ProbeOutputs | undefined;
  /** A kube-proxy pod runs on it. */
  readonly hasPod: boolean;
};

export type NodeParts = {
  readonly name?: string;
  readonly kernel?: string;
  readonly osImage?: string;
  readonly os?: 'linux' | 'windows';
  readonly kubelet?: string;
  readonly ips?: readonly string[];
  readonly externalIps?: readonly string[];
  readonly podCidrs?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly providerID?: string;
  readonly ready?: boolean;
  readonly cpus?: string;
  readonly hasPod?: boolean;
  /** false: nobody tried to ask its kube-proxy. */
  readonly asked?: boolean;
  /** What /proxyMode answers. */
  readonly mode?: string | Unseen;
  /** Lines of /metrics, after a start time, a version and a sync. */
  readonly metrics?: readonly string[] | Unseen;
  /** Outputs by id of probe-commands.ts: stdout of a command that ended with 0, or all of it. null: the node was not probed. */
  readonly probe?: Readonly<Record<string, string | CommandOutput | Unseen>> | null;
  readonly programs?: ProbeOutputs['programs'];
};

export function node(parts: NodeParts = {}): NodePart {
  const { mode = 'iptables', metrics = [], probe = {}, programs = 'image', os = 'linux' } = parts;
  return {
    object: nodeObject(parts),
    answers: parts.asked === false ? undefined : answersOf(mode, metrics),
    probe: probe === null ? undefined : { programs, outputs: outputs(probe) },
    hasPod: parts.hasPod ?? os === 'linux',
  };
}

function answersOf(mode: string | Unseen, metrics: readonly string[] | Unseen): KubeProxyAnswers {
  return {
    proxyMode: isUnseen(mode) ? mode : known(mode),
    metrics: isUnseen(metrics) ? metrics : known([...STARTED, ...metrics, ''].join('\n')),
  };
}

const STARTED = [
  'process_start_time_seconds 1.7e+09',
  'kubernetes_build_info{git_version="v1.36.3"} 1',
  'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.700000005e+09',
];

export function ended(code: number, stderr = '', stdout = ''): CommandOutput {
  return { code, stdout, stderr };
}

/** modprobe's dry run of some modules, as the probe prints it: loadable, or not found. */
export function modprobe(states: Readonly<Record<string, 'loadable' | 'missing' | 'blocked'>>): string {
  const said = {
    loadable: 'insmod /lib/modules/k/x.ko',
    missing: 'modprobe: FATAL: Module x not found.',
    blocked: 'install /bin/false',
  };
  return Object.entries(states)
    .map(([name, state]) => `== ${name}\n${said[state]}\nrc ${state === 'missing' ? 1 : 0}\n`)
    .join('');
}

function outputs(probe: NonNullable<NodeParts['probe']>): ProbeOutputs['outputs'] {
  // Where modprobe answers, there is a directory of modules, and in it a list of what is built in.
  const withList = probe['modprobe'] === undefined ? probe : { modulesBuiltin: '', ...probe };
  const all: Record<string, Known<CommandOutput>> = Object.fromEntries(
    Object.entries(withList).map(([id, output]) => {
      if (typeof output === 'string') return [id, known(ended(0, '', output))];
      return [id, isUnseen(output) ? output : known(output)];
    }),
  );
  return all;
}

function nodeObject(parts: NodeParts): NodeObject {
  const { name = 'n1', os = 'linux', podCidrs = ['10.244.1.0/24'], cpus = '4', annotations = {}, providerID } = parts;
  return {
    metadata: { name, labels: { 'kubernetes.io/os': os, ...parts.labels }, annotations },
    spec: { podCIDRs: podCidrs, ...(providerID === undefined ? {} : { providerID }) },
    status: { ...statusOf(parts, name), capacity: { cpu: cpus } },
  };
}

function statusOf(parts: NodeParts, name: string): NonNullable<NodeObject['status']> {
  const { ips = ['10.0.0.11'], externalIps = [], ready = true } = parts;
  const { kernel = '5.15.0-130-generic', osImage = 'Ubuntu 22.04.5 LTS', kubelet = 'v1.36.3', os = 'linux' } = parts;
  return {
    addresses: [
      ...ips.map((address) => ({ type: 'InternalIP', address })),
      ...externalIps.map((address) => ({ type: 'ExternalIP', address })),
      { type: 'Hostname', address: name },
    ],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    nodeInfo: { kernelVersion: kernel, osImage, operatingSystem: os, kubeletVersion: kubelet },
  };
}

/** Nobody could ask this node. */
export const notAsked: Unseen = unseen('the node does not answer');
