// What was seen on the node itself, one fact per command of `probe-commands.ts`.
import type { ModuleStates } from '../../kubeproxy/kernel-state.ts';
import type { Known } from '../known.ts';

/** family as nft writes it (ip, ip6, inet, bridge, …). */
export type NftTable = { readonly family: string; readonly name: string };

export type IptablesChain = {
  readonly table: string;
  readonly name: string;
  /** ACCEPT or DROP for built-in chains, otherwise '-'. */
  readonly policy: string;
};

/** One flavour (legacy or nft) of one family. Chains and rules of single Services (KUBE-SVC-…) are counted, not listed. */
export type IptablesRules = {
  readonly chains: readonly IptablesChain[];
  /** `-A …` lines with their table. */
  readonly rules: readonly { readonly table: string; readonly rule: string }[];
  readonly serviceChains: number;
};

/** Unseen one by one: a host may have nft and no legacy tools. Known and without chains when the kernel holds none. */
export type Iptables = {
  readonly legacy: Known<IptablesRules>;
  readonly nft: Known<IptablesRules>;
  readonly legacy6: Known<IptablesRules>;
  readonly nft6: Known<IptablesRules>;
};

export type VirtualServer = {
  /** TCP, UDP, SCTP, or FWM for a firewall mark. */
  readonly protocol: string;
  /** Without brackets; for FWM the mark. */
  readonly address: string;
  readonly port: number;
  readonly scheduler: string;
  readonly destinations: number;
};

export type HostAddress = {
  readonly address: string;
  /** Network device, where the reading tells. */
  readonly device: string | undefined;
};

export type ProbeFacts = {
  /** Whose programs answered: see ProbeOutputs. Unseen when the node was not probed. */
  readonly programs: Known<'host' | 'image'>;
  /** Of every module in PROBED_MODULES, by its name with underscores. */
  readonly modules: Known<ModuleStates>;
  /** Dotted names as in `sysctl`. One that does not exist on the node is absent. */
  readonly sysctls: Known<Readonly<Record<string, string>>>;
  /** Options of the kernel's build configuration that matter, y, m or n, without CONFIG_. */
  readonly kernelConfig: Known<Readonly<Record<string, string>>>;
  /** ID, VERSION_ID, NAME … of /etc/os-release. */
  readonly osRelease: Known<Readonly<Record<string, string>>>;
  /** Programs found on the host (not in the image), by name: nft, iptables, ipset … */
  readonly hostPrograms: Known<ReadonlySet<string>>;
  /** nft's version where the commands ran ('1.0.6'); undefined when there is none. See `programs`. */
  readonly nftVersion: Known<string | undefined>;
  /** ipset's version where the commands ran; undefined when there is none. */
  readonly ipsetVersion: Known<string | undefined>;
  /** /etc/protocols where the commands ran names tcp, so that nft does too. */
  readonly protocolNames: Known<boolean>;
  readonly nftTables: Known<readonly NftTable[]>;
  /** undefined: `fib` expressions are accepted by the kernel; otherwise nft's error. */
  readonly nftFibError: Known<string | undefined>;
  /** The same for IPv6. */
  readonly nftFib6Error: Known<string | undefined>;
  /** undefined: `nft --json list ruleset` ends well; otherwise how it ended ("exit code 139, killed by signal 11"). */
  readonly nftRulesetError: Known<string | undefined>;
  readonly iptables: Iptables;
  /** /proc/net/ip_vs; known and empty when ip_vs is not loaded. */
  readonly virtualServers: Known<readonly VirtualServer[]>;
  readonly ipsets: Known<readonly string[]>;
  /** Names of network devices: kube-ipvs0, docker0 … */
  readonly devices: Known<readonly string[]>;
  readonly addresses: Known<readonly HostAddress[]>;
  /** Lines that send image pulls to localhost: files of containerd's configuration with their text. */
  readonly localhostMirrors: Known<readonly string[]>;
  /** Lines with externalSetMarkChain in CNI configuration files. */
  readonly cniMarkChain: Known<readonly string[]>;
  /** Lines of the host's scripts and units that name kube-proxy's own mark chains. */
  readonly markScripts: Known<readonly string[]>;
  readonly networkManager: Known<boolean>;
  /** Lines of NetworkManager's configuration that name devices it shall leave alone. */
  readonly networkManagerUnmanaged: Known<readonly string[]>;
};
