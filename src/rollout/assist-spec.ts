// Strategy Assist: somebody else owns kube-proxy's configuration. Nothing of the cluster is written but our own objects.
import type { MigrationSpec } from '../api/migration.ts';

/** Rules that stand in the way of an edit of ours, which is not made: what they say is what the change upstream is for. */
export const OWNER_RULES: readonly string[] = [
  'managed-provider',
  'config-second-writer',
  'kube-proxy-not-a-pod',
  'config-file-key',
];

export function isAssist({ rollout }: Pick<MigrationSpec, 'rollout'>): boolean {
  return rollout.strategy === 'Assist';
}

/** What such a migration asks for in all other respects: kernel modules and sysctls are checked and left as they are. */
export function asAssistant(spec: MigrationSpec): MigrationSpec {
  if (!isAssist(spec)) return spec;
  const { kernelModules, sysctls, accept } = spec.preflight;
  return {
    ...spec,
    preflight: {
      ...spec.preflight,
      kernelModules: kernelModules === 'Load' ? 'Check' : kernelModules,
      sysctls: sysctls === 'Apply' ? 'Check' : sysctls,
      accept: [...new Set([...accept, ...OWNER_RULES])],
    },
  };
}
