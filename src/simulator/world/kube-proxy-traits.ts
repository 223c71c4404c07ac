// What differs between kube-proxy versions, in one table. Everything else in this folder asks for a trait by name and
// never compares versions itself.

/** Behaviour of one minor version. Each member names its source in Kubernetes. */
export type KubeProxyTraits = {
  readonly minor: number;
  /** Up to 1.25 an unusable ipvs becomes iptables, an unusable iptables userspace; from 1.26 both exit (PR 111806). */
  readonly fallsBack: boolean;
  /** `userspace` is a mode (removed in 1.26). */
  readonly hasUserspace: boolean;
  /** Feature gate NFTablesProxyMode (KEP-3866): alpha 1.29, beta 1.31, GA 1.33. */
  readonly nftablesGate: 'absent' | 'off' | 'on' | 'locked';
  /** platformCleanup before anything is checked: 1.29, with nftables. Until then nothing is cleaned at a start (PR 76109). */
  readonly cleansOtherFamily: boolean;
  /** Kernel 5.13 is demanded for nftables. The check of 1.31 and 1.32 was inverted; PR 130401 put it right in 1.33. */
  readonly checksKernel: boolean;
  /** Metrics are registered per mode (PRs 122812, 125015). */
  readonly perModeMetrics: boolean;
  /** Most metrics carry the label ip_family. */
  readonly familyLabel: boolean;
  /** /livez beside /healthz (KEP-3836). */
  readonly hasLivez: boolean;
  /** /healthz has a `status` per IP family. Seen in 1.36.3; the first release that has it is not known. */
  readonly healthPerFamily: boolean;
  /** ipvs says that it is deprecated (PR 134539). */
  readonly ipvsDeprecated: boolean;
  /** Which modules are demanded is a list up to 1.26; from 1.27 a virtual server is created as a probe (PR 114669). */
  readonly listsIpvsModules: boolean;
};

const NEWEST_KNOWN = 37;

/**
 * Traits of a version such as `v1.36.3` or `v1.33.5-eks-113cf36`; of the newest known minor when none can be read from it.
 */
export function traitsOf(version: string): KubeProxyTraits {
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? NEWEST_KNOWN);
  return {
    minor,
    fallsBack: minor <= 25,
    hasUserspace: minor <= 25,
    nftablesGate: nftablesGate(minor),
    cleansOtherFamily: minor >= 29,
    checksKernel: minor >= 33,
    perModeMetrics: minor >= 31,
    familyLabel: minor >= 33,
    hasLivez: minor >= 28,
    healthPerFamily: minor >= 35,
    ipvsDeprecated: minor >= 35,
    listsIpvsModules: minor <= 26,
  };
}

function nftablesGate(minor: number): KubeProxyTraits['nftablesGate'] {
  if (minor <= 28) return 'absent';
  if (minor <= 30) return 'off';
  return minor <= 32 ? 'on' : 'locked';
}
