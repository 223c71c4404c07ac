// Which of a node's units runs kube-proxy, where none is called kube-proxy.service.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import { isKubeProxy } from '../kubeproxy/unit-program.ts';
import { readProperties } from './unit-state.ts';

/** Units inside which kube-proxy runs, or whose files something else writes, and where its mode is set then. */
const MANAGED: readonly (readonly [RegExp, string])[] = [
  [
    /^k3s(?:-agent)?\.service$/,
    'kube-proxy runs inside k3s. Put `kube-proxy-arg: [proxy-mode=<mode>]` into /etc/rancher/k3s/config.yaml and restart k3s, node by node.',
  ],
  [
    /^rke2-(?:server|agent)\.service$/,
    'kube-proxy is a static pod that RKE2 writes. Put `kube-proxy-arg: [proxy-mode=<mode>]` into /etc/rancher/rke2/config.yaml and restart RKE2, node by node.',
  ],
  [
    /^k0s(?:controller|worker)\.service$/,
    'kube-proxy is managed by k0s. Set spec.network.kubeProxy.mode in its ClusterConfig.',
  ],
  [
    /^snap\.microk8s\./,
    'kube-proxy runs inside MicroK8s. Change --proxy-mode in /var/snap/microk8s/current/args/kube-proxy and restart MicroK8s, node by node.',
  ],
  [
    /^snap\./,
    'kube-proxy is a snap, which writes its options itself. Change its mode with the tool that set the snap up (`snap set`, or the charm).',
  ],
];

/** Why the unit is left alone; undefined when it is an ordinary one. */
export function managedUnit(name: string): string | undefined {
  return MANAGED.find(([pattern]) => pattern.test(name))?.[1];
}

type Candidate = { readonly name: string; readonly active: boolean };

/** `show` is what `systemctl show` says of all services. A unit that runs is taken before one that does not. */
export function chooseUnit(show: string, node: string): { readonly kind: 'chosen'; readonly name: string } | Problem {
  const units = show.split(/\n{2,}/).map(readProperties);
  const candidates = units.flatMap(candidate);
  const active = candidates.filter((one) => one.active);
  const names = (active.length > 0 ? active : candidates).map(({ name }) => name);
  const [name] = names;
  if (name !== undefined && names.length === 1) return { kind: 'chosen', name };
  if (name !== undefined)
    return problem(
      `Node ${node} has several units that run kube-proxy: ${names.join(', ')}. Name the one in spec.kubeProxy.systemd.unit.`,
    );
  const managed = units.map((unit) => unit.get('Id') ?? '').find((id) => managedUnit(id) !== undefined);
  return problem(
    managed === undefined
      ? `Node ${node} has no unit that runs kube-proxy. Name it in spec.kubeProxy.systemd.unit.`
      : `Node ${node} has ${managed}: ${managedUnit(managed) ?? ''}`,
  );
}

function candidate(unit: ReadonlyMap<string, string>): readonly Candidate[] {
  const name = unit.get('Id') ?? '';
  const runs = (unit.get('ExecStart') ?? '').split(/[\s;={}]+/).some(isKubeProxy);
  if (!runs || unit.get('LoadState') !== 'loaded') return [];
  return [{ name, active: unit.get('ActiveState') === 'active' || unit.get('ActiveState') === 'activating' }];
}
