// What has to be changed on a node before its kube-proxy can run the target mode: modules to load, sysctls to set. What
// is needed and what is there are known elsewhere (kubeproxy/kernel-needs.ts, the probe); this is the difference.
import type { MigrationSpec } from '../api/migration.ts';
import { kernelNeeds, type IpFamily, type KernelNeedsInput } from '../kubeproxy/kernel-needs.ts';
import { modulesToLoad, sysctlsToSet } from '../kubeproxy/kernel-wish.ts';
import type { PreflightFacts } from '../preflight/facts/from-snapshot.ts';
import type { NodeFacts } from '../preflight/facts/node.ts';
import { immutableOs } from '../preflight/facts/os.ts';
import { valueOr } from '../preflight/known.ts';
import type { Needs } from './survey.ts';

/** The node is ready. */
export const NOTHING_NEEDED: Needs = { modules: [], sysctls: [] };

/** Where nothing lasts that is changed on a node, nothing is: rules say what to change in its own configuration (os-immutable). */
export function needsOf(node: NodeFacts, facts: PreflightFacts, spec: MigrationSpec): Needs {
  if (immutableOs(node) !== undefined) return NOTHING_NEEDED;
  const { kernelModules, sysctls } = spec.preflight;
  const needs = kernelNeeds(inputOf(node, facts, spec));
  return {
    modules: kernelModules === 'Load' ? modulesToLoad(needs, valueOr(node.probe.modules, {}), spec.mode) : [],
    sysctls: sysctls === 'Apply' ? sysctlsToSet(needs, valueOr(node.probe.sysctls, {})) : [],
  };
}

function inputOf(node: NodeFacts, { cluster }: PreflightFacts, { mode, config }: MigrationSpec): KernelNeedsInput {
  const written = valueOr(cluster.kubeProxy.config, undefined)?.at(['ipvs', 'scheduler']);
  const scheduler = config?.ipvs?.scheduler ?? written;
  return {
    mode,
    kubeProxyVersion: valueOr(cluster.kubeProxy.version, undefined)?.text ?? '',
    kernel: valueOr(node.kernel, undefined)?.text ?? '',
    families: familiesOf(cluster),
    bridgeCni: valueOr(cluster.cni, undefined)?.flannel !== undefined,
    ...(typeof scheduler === 'string' ? { scheduler } : {}),
  };
}

/** Those of the Services; an API server that tells none has IPv4. */
function familiesOf({ services }: PreflightFacts['cluster']): readonly IpFamily[] {
  const named = new Set(valueOr(services, []).flatMap(({ spec }) => spec?.ipFamilies ?? []));
  const families = (['IPv4', 'IPv6'] as const).filter((family) => named.has(family));
  return families.length === 0 ? ['IPv4'] : families;
}
