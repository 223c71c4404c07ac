// The cluster of the demo: twelve nodes in three zones, as kubeadm makes them, and what one of them lacks at first.
import type { Clock } from 'kopf-ts';
import { crdYaml } from '../api/crd-yaml.ts';
import { startSimulator, type NodeSpec, type Simulator } from '../simulator/start.ts';

/** Its kube-proxy image has no nft. */
export const UNFIT = 'worker-3';
/** The tag of that image is every node's; only its content differs. */
const VERSION = 'v1.36.3';
const SERVICES = 300;
const ZONES = ['zone-a', 'zone-b', 'zone-c'] as const;

const NODES: readonly NodeSpec[] = [
  ...Array.from({ length: 9 }, (_, index) => nodeSpec(`worker-${index + 1}`, index)),
  ...Array.from({ length: 3 }, (_, index): NodeSpec => ({
    ...nodeSpec(`control-${index + 1}`, index),
    controlPlane: true,
  })),
];

export const IN_WORDS = `${NODES.length} simulated nodes, Kubernetes ${VERSION}, ${SERVICES} Services`;

export function startCluster(clock: Clock): Promise<Simulator> {
  return startSimulator({
    clock,
    nodes: NODES,
    mode: 'iptables',
    version: VERSION,
    services: SERVICES,
    shape: 'kubeadm',
    seed: 1,
    crds: crdYaml().map(({ text }) => text),
  });
}

export function zoneOf(name: string): string {
  return NODES.find((node) => node.name === name)?.zone ?? '';
}

function nodeSpec(name: string, index: number): NodeSpec {
  const spec = { name, zone: ZONES[index % ZONES.length] ?? ZONES[0] };
  return name === UNFIT ? { ...spec, cannotRun: { nftables: 'no-nft' } } : spec;
}
