// Section 1 of the catalogue: Ownership, discovery, effective configuration.
import type { Rule } from '../rule.ts';
import { baselineLeftovers } from '../rules/baseline-leftovers.ts';
import { clusterSick } from '../rules/cluster-sick.ts';
import { configFileKey } from '../rules/config-file-key.ts';
import { configSecondWriter } from '../rules/config-second-writer.ts';
import { configUnparsable } from '../rules/config-unparsable.ts';
import { daemonsetUpdateStrategy } from '../rules/daemonset-update-strategy.ts';
import { fallbackHidden } from '../rules/fallback-hidden.ts';
import { flagsLoseToFile } from '../rules/flags-lose-to-file.ts';
import { kubeProxyAbsent } from '../rules/kube-proxy-absent.ts';
import { kubeProxyNotAPod } from '../rules/kube-proxy-not-a-pod.ts';
import { kubeadmUpgradePending } from '../rules/kubeadm-upgrade-pending.ts';
import { managedProvider } from '../rules/managed-provider.ts';
import { metricsUnreachable } from '../rules/metrics-unreachable.ts';
import { modeDrift } from '../rules/mode-drift.ts';
import { modeFieldUnsupportedVersion } from '../rules/mode-field-unsupported-version.ts';
import { modeUnset } from '../rules/mode-unset.ts';
import { obsoleteFeatureGate } from '../rules/obsolete-feature-gate.ts';
import { ownApiPath } from '../rules/own-api-path.ts';
import { serviceProxyName } from '../rules/service-proxy-name.ts';
import { subpathConfigMount } from '../rules/subpath-config-mount.ts';
import { windowsNodes } from '../rules/windows-nodes.ts';

export const OWNERSHIP: readonly Rule[] = [
  kubeProxyAbsent,
  kubeProxyNotAPod,
  configSecondWriter,
  managedProvider,
  flagsLoseToFile,
  configFileKey,
  subpathConfigMount,
  configUnparsable,
  modeFieldUnsupportedVersion,
  modeUnset,
  modeDrift,
  fallbackHidden,
  daemonsetUpdateStrategy,
  kubeadmUpgradePending,
  windowsNodes,
  clusterSick,
  baselineLeftovers,
  ownApiPath,
  metricsUnreachable,
  serviceProxyName,
  obsoleteFeatureGate,
];
