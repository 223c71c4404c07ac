// What a kube-proxy of a given version will do when it is started with a given configuration on a given node: decided
// here, purely and at once; kube-proxy-process.ts then lives through it in time. The order is that of
// cmd/kube-proxy/app/server.go since 1.29: validate, platformCleanup, newProxyServer (support checks), informers, sync.
import type { DecodedConfig } from './kube-proxy-config.ts';
import type { KubeProxyTraits } from './kube-proxy-traits.ts';
import { effectOf, kernelRunsNftables, type Incapacity } from './incapacity.ts';
import type { Mode } from './modes.ts';

export type StartInput = {
  readonly traits: KubeProxyTraits;
  readonly config: DecodedConfig;
  readonly kernel: string;
  /** Why the node cannot run a mode, if it cannot. */
  readonly incapacity: (mode: Mode) => Incapacity | undefined;
};

/** How a start ends once the other family's rules are deleted. */
type StartEnd =
  | { readonly kind: 'syncs' }
  | { readonly kind: 'neverSyncs' }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'exits'; readonly message: string }
  | { readonly kind: 'killed' };

export type StartPlan =
  /** Ends before anything is cleaned: the rules of the old mode stay. */
  | { readonly kind: 'rejected'; readonly message: string }
  | {
      readonly kind: 'proceeds';
      /** The mode that is programmed. */
      readonly effective: Mode;
      /** What /proxyMode says: the effective mode up to 1.25, the configured one from 1.26. */
      readonly answers: Mode;
      /** Whose rules are deleted before the support checks. */
      readonly cleans: readonly Mode[];
      /** Why it is not the configured mode, in the order of the log. */
      readonly warnings: readonly string[];
      readonly end: StartEnd;
    };

export function planStart(input: StartInput): StartPlan {
  if (input.config.kind === 'undecodable')
    return { kind: 'rejected', message: `failed complete: ${input.config.message}` };
  const gate = nftablesEnabled(input.traits, input.config.featureGates);
  const { mode } = input.config;
  const accepted = acceptedModes(input.traits, gate);
  const configured = mode === '' ? 'iptables' : accepted.find((candidate) => candidate === mode);
  if (configured === undefined)
    return input.traits.fallsBack ? assumeIptables(input, mode) : invalidMode(mode, accepted);
  return proceed(input, configured, gate, []);
}

/** The gate as it stands for this process; a locked gate cannot be switched off. */
function nftablesEnabled(traits: KubeProxyTraits, gates: Readonly<Record<string, boolean>>): boolean {
  if (traits.nftablesGate === 'absent') return false;
  if (traits.nftablesGate === 'locked') return true;
  return gates['NFTablesProxyMode'] ?? gates['AllAlpha'] ?? traits.nftablesGate === 'on';
}

function acceptedModes(traits: KubeProxyTraits, gate: boolean): readonly Mode[] {
  return [
    'iptables',
    'ipvs',
    ...(gate ? (['nftables'] as const) : []),
    ...(traits.hasUserspace ? (['userspace'] as const) : []),
  ];
}

/** validateProxyModeLinux in pkg/proxy/apis/config/validation. */
function invalidMode(mode: string, accepted: readonly Mode[]): StartPlan {
  const choice = `must be ${accepted.join(', ')} or blank (blank means the best-available proxy [currently iptables])`;
  return {
    kind: 'rejected',
    message: `failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value: "${mode}": ${choice}`,
  };
}

function assumeIptables(input: StartInput, mode: string): StartPlan {
  return proceed(input, 'iptables', false, [`Unknown proxy mode "${mode}", assuming iptables proxy`]);
}

function proceed(input: StartInput, configured: Mode, gate: boolean, warnings: readonly string[]): StartPlan {
  const effect = effectOn(input, configured);
  const fallback = configured === 'ipvs' ? 'iptables' : 'userspace';
  if (effect?.kind === 'unusable' && input.traits.fallsBack && configured !== 'userspace') {
    return proceed(input, fallback, gate, [...warnings, fallbackLine(configured, effect.reason)]);
  }
  return {
    kind: 'proceeds',
    effective: configured,
    answers: configured,
    cleans: input.traits.cleansOtherFamily ? cleanedBy(configured, gate) : [],
    warnings,
    end: endOf(effect, configured),
  };
}

function effectOn(input: StartInput, mode: Mode): ReturnType<typeof effectOf> {
  const stated = input.incapacity(mode);
  if (stated !== undefined) return effectOf(stated, input.traits);
  const tooOld = mode === 'nftables' && !kernelRunsNftables(input.kernel);
  return tooOld ? effectOf('old-kernel', input.traits) : undefined;
}

/** 1.19 to 1.25 log it at error level (cmd/kube-proxy/app/server_others.go). */
function fallbackLine(mode: Mode, reason: string): string {
  return mode === 'ipvs'
    ? `Can't use the IPVS proxier: ${reason}`
    : `Can't use iptables proxy, using userspace proxier: ${reason}`;
}

/** nftables removes what iptables and ipvs left; these remove the nft tables, up to 1.32 only with the gate on. */
function cleanedBy(mode: Mode, gate: boolean): readonly Mode[] {
  if (mode === 'nftables') return ['iptables', 'ipvs'];
  return gate ? ['nftables'] : [];
}

function endOf(effect: ReturnType<typeof effectOf>, mode: Mode): StartEnd {
  if (effect === undefined) return { kind: 'syncs' };
  if (effect.kind === 'fatal') return { kind: 'exits', message: effect.message };
  if (effect.kind !== 'unusable') return { kind: effect.kind };
  return { kind: 'exits', message: mode === 'ipvs' ? `can't use the IPVS proxier: ${effect.reason}` : effect.reason };
}
