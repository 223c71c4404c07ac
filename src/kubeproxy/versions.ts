// What each kube-proxy version can do, and what its answers mean. Every number has its source; dates beyond 1.37 are plans of KEPs.
import semver from 'semver';
import type { ProxyMode } from '../api/fields.ts';

export type Version = { readonly major: number; readonly minor: number; readonly patch: number };

type FeatureGates = Readonly<Record<string, boolean>>;

/** v1.36.3, v1.29.3-eks-6d3986b, v1.35.2+k3s1, 1.28+. undefined when it is none of these, or an unstamped build (v0.0.0-master+…). */
export function parseVersion(gitVersion: string): Version | undefined {
  const text = gitVersion.trim();
  if (text.length > 256 || !/^v?[1-9][0-9]*\.[0-9]+/.test(text)) return undefined;
  const parsed = semver.parse(text) ?? semver.coerce(text);
  return parsed === null ? undefined : { major: parsed.major, minor: parsed.minor, patch: parsed.patch };
}

/**
 * undefined when this kube-proxy has the mode; otherwise a sentence: why not, and from which version on. A version that cannot be read
 * is a reason too: kube-proxy deletes the other mode's rules before it finds out that it cannot run the new one (platformCleanup).
 * `featureGates` are those of the configuration file.
 */
export function supportsMode(mode: ProxyMode, version: string, featureGates: FeatureGates = {}): string | undefined {
  const parsed = parseVersion(version);
  if (parsed === undefined)
    return `The kube-proxy version ${JSON.stringify(version.slice(0, 64))} cannot be read, so it is not known to have mode ${mode}.`;
  switch (mode) {
    case 'iptables':
      return undefined;
    case 'nftables':
      return nftablesProblem(parsed, version, featureGates);
    case 'ipvs':
      return ipvsProblem(parsed, version, featureGates);
  }
}

/** Gate NFTablesProxyMode: alpha 1.29 (off), beta 1.31 (on), GA 1.33 (KEP-3866; PR 124383). */
function nftablesProblem(parsed: Version, version: string, gates: FeatureGates): string | undefined {
  const needs = 'Mode nftables needs 1.31 or later, 1.33 for its stable form.';
  if (isBefore(parsed, 1, 29)) return `kube-proxy ${version} has no mode nftables. ${needs}`;
  if (isBefore(parsed, 1, 31) && !(gates['NFTablesProxyMode'] ?? gates['AllAlpha'] ?? false))
    return `kube-proxy ${version} has mode nftables only behind the feature gate NFTablesProxyMode, which the configuration does not enable. ${needs}`;
  if (isBefore(parsed, 1, 33) && (gates['NFTablesProxyMode'] ?? gates['AllBeta']) === false && !isBefore(parsed, 1, 31))
    return `The configuration disables the feature gate NFTablesProxyMode, so kube-proxy ${version} has no mode nftables. Enable the gate, or use 1.33 or later.`;
  return undefined;
}

/** Gate KubeProxyIPVS: since 1.37, off by default from 1.40, code removed in 1.43 (KEP-5495, planned). */
function ipvsProblem(parsed: Version, version: string, gates: FeatureGates): string | undefined {
  if (!isBefore(parsed, 1, 43))
    return `kube-proxy ${version} has no mode ipvs any more: it was removed in 1.43 (KEP-5495).`;
  if (isBefore(parsed, 1, 37)) return undefined;
  if (gates['KubeProxyIPVS'] ?? isBefore(parsed, 1, 40)) return undefined;
  return `kube-proxy ${version} has mode ipvs only behind the feature gate KubeProxyIPVS, which the configuration does not enable (off by default from 1.40, KEP-5495).`;
}

/** The mode an unset (`""`) or given configuration asks for: unset is iptables up to 1.39, nftables from 1.40 on (KEP-5343, provisional). */
export function effectiveMode(configured: string, version: string): string {
  if (configured !== '') return configured;
  const parsed = parseVersion(version);
  return parsed === undefined || isBefore(parsed, 1, 40) ? 'iptables' : 'nftables';
}

/**
 * Up to 1.25 /proxyMode answers what kube-proxy fell back to; from 1.26 on what was configured, because an unusable mode ends the
 * process (PR 111806). An unreadable version is taken for a newer one.
 */
export function answersEffectiveMode(version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && isBefore(parsed, 1, 26);
}

function isBefore(version: Version, major: number, minor: number): boolean {
  return version.major < major || (version.major === major && version.minor < minor);
}
