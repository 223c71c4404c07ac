// What several rules ask of Calico: how Felix's nftablesMode stands to the mode kube-proxy is to run in.
import type { ProxyMode } from '../../api/fields.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import { felixSetting } from '../facts/calico-facts.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import { isOlder } from '../facts/image.ts';
import type { NodeFacts } from '../facts/node.ts';
import { deriveFrom, firstKnown, given, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { Outcome } from '../rule.ts';

export function ofCalico(cluster: ClusterFacts, ask: (calico: CalicoFacts) => Outcome): Outcome {
  return given([cluster.cni], ({ calico }) => (calico === undefined ? undefined : ask(calico)));
}

/** undefined where no Installation decides. With Calico from manifests there is none, whether Installations can be listed or not. */
export function linuxDataplane({ managedBy, linuxDataplane: seen }: CalicoFacts): Known<string | undefined> {
  return managedBy === 'operator' ? seen : firstKnown<string | undefined>(seen, known(undefined));
}

/** From 3.32 on, Auto is the default and follows kube-proxy node by node; before, anything but Enabled meant iptables (calico PR 11629). */
export function isOpposite(mode: string | undefined, version: Version, target: ProxyMode): boolean {
  if (follows(mode, version)) return false;
  return (mode?.toLowerCase() === 'enabled') !== (target === 'nftables');
}

export function follows(mode: string | undefined, version: Version): boolean {
  return !isOlder(version, 3, 32) && (mode ?? 'Auto').toLowerCase() === 'auto';
}

/** For messages. */
export function showMode(mode: string | undefined, version: Version): string {
  return mode ?? `${isOlder(version, 3, 32) ? 'Disabled' : 'Auto'} (its default)`;
}

/**
 * nftablesMode as it is written for this node. Where FelixConfigurations cannot be seen, the node's tables tell: in nftables mode Felix
 * has one called calico. A missing one leaves open what Felix of 3.32 would do once kube-proxy runs nftables.
 */
export function nftablesModeOn(
  calico: CalicoFacts,
  { name, probe }: NodeFacts,
  version: Version,
  target: ProxyMode,
): Known<string | undefined> {
  const written = felixSetting(calico, name, 'nftablesMode');
  if (written.known) return written;
  const byTables = deriveFrom([probe.nftTables], (tables): Known<string | undefined> => {
    const usesNft = tables.some((table) => table.name === 'calico');
    if (isOlder(version, 3, 32)) return known(usesNft ? 'Enabled' : undefined);
    return usesNft || target === 'nftables' ? written : known(undefined);
  });
  return firstKnown(written, byTables);
}

/** Calico ≥3.32 with `linuxDataplane: Iptables`: the operator writes nftablesMode Disabled, and the rule about that says what to do. */
export function forcedToIptables(calico: CalicoFacts, version: Version): Known<boolean> {
  if (calico.managedBy !== 'operator' || isOlder(version, 3, 32)) return known(false);
  return deriveFrom([linuxDataplane(calico)], (dataplane) => known(dataplane === 'Iptables'));
}

/** A merge patch of the Tigera operator's Installation. */
export function patchInstallation(calicoNetwork: Readonly<Record<string, string>>): string {
  return `kubectl patch installations.operator.tigera.io default --type merge -p '${JSON.stringify({ spec: { calicoNetwork } })}'`;
}

export function patchFelix(name: string, spec: Readonly<Record<string, unknown>>): string {
  return `kubectl patch felixconfiguration ${name} --type merge -p '${JSON.stringify({ spec })}'`;
}

/** Takes a setting out of Felix's environment; `field` as in FelixConfiguration. */
export function unsetEnv({ env, namespace, daemonSet }: CalicoFacts, field: string): string {
  const wanted = `FELIX_${field.toUpperCase()}`;
  const name = Object.keys(env).find((one) => one.toUpperCase() === wanted) ?? wanted;
  return `kubectl -n ${namespace} set env daemonset/${daemonSet.metadata.name} -c calico-node ${name}-`;
}

/** The setting is written for this node alone, in FelixConfiguration `node.<name>`. */
export function hasOwn({ felix }: CalicoFacts, node: string, field: string): boolean {
  return valueOr(felix, undefined)?.[`node.${node}`]?.[field] !== undefined;
}
