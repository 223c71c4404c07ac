// The fixed list of read-only commands that are run on a node: over SSH with the host's programs, or in a helper pod made of the
// kube-proxy image, with the host's root under /host and in its network namespace. That image has dash, grep and cat, but neither
// ls, sed, awk nor ip (distroless-iptables). Scripts are constants; whatever differs is an argument ("$1"), never script text.
//
// Looking must load nothing, or a check that "only looks" makes a broken node work until its next boot. The kernel loads nf_tables, ip_set or
// nft_fib as soon as somebody asks it about them, so these are asked about only where /proc/modules or modules.builtin has them; what can be
// read in /proc is read there. (nft and iptables open a netlink socket even for their version: nfnetlink may be loaded by it, which decides nothing.)
import { IPVS_SCHEDULERS } from '../kubeproxy/kernel-needs.ts';
import { MODPROBE_FOLDERS, MODULE_TRACES } from '../kubeproxy/module-evidence.ts';

export type ProbeCommand = {
  readonly id: string;
  readonly argv: readonly [string, ...string[]];
};

export type ProbePlace = {
  /** Where a file of the host is: `/host/etc/…` in a helper pod, `/etc/…` over SSH. As in NodeShell. */
  readonly pathOf: (hostPath: string) => string;
  /** Node.status.nodeInfo.kernelVersion. */
  readonly kernelRelease: string;
};

/** What any mode, of any kube-proxy version, on any kernel, may need; see kubeproxy/kernel-needs.ts. */
export const PROBED_MODULES: readonly string[] = [
  'ip_vs',
  ...IPVS_SCHEDULERS.map((scheduler) => `ip_vs_${scheduler}`),
  'nf_conntrack',
  'nf_conntrack_ipv4',
  'br_netfilter',
  'ip_tables',
  'ip6_tables',
  'iptable_filter',
  'iptable_nat',
  'iptable_mangle',
  'iptable_raw',
  'ip6table_filter',
  'ip6table_nat',
  'ip6table_mangle',
  'ip6table_raw',
  'nf_tables',
  'nft_chain_nat',
  'nft_compat',
  'nft_ct',
  'nft_fib',
  'nft_fib_inet',
  'nft_fib_ipv4',
  'nft_fib_ipv6',
  'nft_masq',
  'nft_nat',
  'nft_numgen',
  'nft_reject_ipv4',
  'nft_reject_ipv6',
  'xt_set',
  'ip_set',
  'dummy',
];

/** Section 15 of the catalogue, what kube-proxy needs from outside, and whether modules can be loaded. */
export const PROBED_SYSCTLS: readonly string[] = [
  'kernel/modules_disabled',
  'net/ipv4/ip_forward',
  'net/ipv6/conf/all/forwarding',
  'net/ipv6/conf/all/disable_ipv6',
  'net/bridge/bridge-nf-call-iptables',
  'net/bridge/bridge-nf-call-ip6tables',
  'net/ipv4/vs/conntrack',
  'net/ipv4/vs/conn_reuse_mode',
  'net/ipv4/vs/expire_nodest_conn',
  'net/ipv4/vs/expire_quiescent_template',
  'net/ipv4/conf/all/arp_ignore',
  'net/ipv4/conf/all/arp_announce',
  'net/ipv4/conf/all/route_localnet',
  'net/netfilter/nf_conntrack_max',
  'net/netfilter/nf_conntrack_tcp_be_liberal',
];

/** Options whose absence no module could mend. */
const KERNEL_OPTIONS =
  'IP_VS|IP_VS_RR|IP_VS_WRR|IP_VS_SH|NF_TABLES|NFT_FIB_IPV4|NFT_FIB_IPV6|NFT_NAT|NFT_MASQ|IP_NF_IPTABLES|IP_NF_NAT|NFT_COMPAT|IP_SET|DUMMY|BRIDGE_NETFILTER';

const HOST_PROGRAMS = [
  'nft',
  'iptables',
  'iptables-nft',
  'iptables-legacy',
  'ip6tables',
  'ipset',
  'ipvsadm',
  'conntrack',
  'modprobe',
  'nmcli',
  'firewall-cmd',
  'ufw',
] as const;

/** One section per module, so that what modprobe prints can be told apart. `-d` and `-C` make an image's modprobe read the host's files. */
const MODPROBE = `root="$1"; shift
for module in "$@"; do
  echo "== $module"
  if [ "$root" = / ]; then modprobe -n -v "$module" 2>&1
  else modprobe -n -v -d "$root" ${MODPROBE_FOLDERS.map((folder) => `-C "$root${folder}"`).join(' ')} "$module" 2>&1
  fi
  echo "rc $?"
done`;

/** Exit code of a command that was left out because it would have loaded a module; the reason is on stderr. */
export const NOT_ASKED = 125;

/**
 * Begins a script whose "$1" is modules.builtin of the node ('' where its path is not known). `needs MODULE` is true where the module is loaded
 * or built in, or where nothing can be loaded at all; false where it certainly is not there. Where that cannot be told, it ends the script.
 */
const NEEDS = `builtin="$1"; shift
needs() {
  if [ ! -e /proc/modules ] || grep -q "^$1 " /proc/modules; then return 0; fi
  if [ -n "$builtin" ] && [ -r "$builtin" ]; then grep -q "/$1[.]ko" "$builtin"; return; fi
  echo "$1 is not loaded, and asking about it might load it" >&2
  exit ${NOT_ASKED}
}
`;

/**
 * "$1" iptables or ip6tables, "$2" legacy or nft: leaves in `save` the program that prints the rules of this flavour. Before 1.8 there
 * was one flavour, legacy, without a name of its own. Exit code 127: no such program.
 */
export const CHOOSE_SAVE = `save="$1-$2-save"
if ! command -v "$save" >/dev/null; then
  case "$("$1" --version 2>/dev/null)" in
    *nf_tables*) only=nft ;;
    "$1"*) only=legacy ;;
    *) only=none ;;
  esac
  [ "$only" = "$2" ] || exit 127
  save="$1-save"
fi
`;

/**
 * "$1" iptables or ip6tables, "$2" legacy or nft, after modules.builtin. iptables-legacy-save would load ip_tables where nothing uses it, so the
 * kernel's list is asked first. Rules of single Services are counted, not printed: with thousands of Services they are megabytes.
 * Exit code 127: no such program.
 */
const IPTABLES_SAVE = `${NEEDS}${CHOOSE_SAVE}names=/proc/net/ip_tables_names; [ "$1" = iptables ] || names=/proc/net/ip6_tables_names
if [ "$2" = legacy ] && [ -e "$names" ] && [ ! -r "$names" ]; then echo "$names: Permission denied" >&2; exit 4; fi
if [ "$2" = legacy ] && [ -z "$(cat "$names" 2>/dev/null)" ]; then echo "service-chains 0"; exit 0; fi
if [ "$2" = nft ] && ! needs nf_tables; then echo "service-chains 0"; exit 0; fi
rules=$("$save") || exit $?
printf '%s\\n' "$rules" | grep -vE '^((:|-A )KUBE-(SVC|SEP|EXT|FW|SVL|XLB)-|-A KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL) )'
echo "service-chains $(printf '%s\\n' "$rules" | grep -cE '^:KUBE-(SVC|SEP|EXT|FW|SVL|XLB)-')"`;

const PROGRAMS = `root="$1"; shift
for program in "$@"; do
  for folder in usr/sbin usr/bin sbin bin usr/local/sbin usr/local/bin; do
    if [ -x "$root/$folder/$program" ]; then echo "$program"; break; fi
  done
done`;

/** Without nf_tables there are no tables. */
const NFT_TABLES = `${NEEDS}if needs nf_tables; then nft -j list tables; else echo '{"nftables": []}'; fi`;
const NFT_RULESET = `${NEEDS}if needs nf_tables; then nft --json list ruleset >/dev/null; fi`;
/** "$1" the module of the family, "$2" the ruleset. A module that is not loaded is judged by whether it can be. */
const NFT_FIB = `${NEEDS}for module in nf_tables "$1"; do
  if ! needs "$module"; then echo "$module is not loaded, and asking about it would load it" >&2; exit ${NOT_ASKED}; fi
done
nft --check "$2"`;
/** Without ip_set there are no sets. */
const IPSETS = `${NEEDS}if needs ip_set; then ipset list -n; fi`;

/** kube-proxy in nftables mode looks addresses up with fib in its chains; the kernel checks it without keeping anything. */
const FIB_CHECK =
  'add table ip proxymode-check; add chain ip proxymode-check c; add rule ip proxymode-check c fib daddr type local counter';
/** For both families, on every node: kube-proxy in nftables mode takes it for granted that there are two (cmd/kube-proxy/app/server_linux.go). */
const FIB6_CHECK = FIB_CHECK.replaceAll(' ip ', ' ip6 ');

const EXISTING = `for path in "$@"; do if [ -e "$path" ]; then echo "$path"; fi; done`;

/** grep's 1 is "nothing found", which is an answer. */
const SEARCH = `[ -e "$2" ] || exit 0
grep -rsHE "$1" "$2"; code=$?; [ "$code" -le 1 ]`;

/** Where people put scripts that touch iptables at boot or by the clock. What cannot be read is passed over. */
const SCRIPT_PLACES = [
  '/etc/systemd/system',
  '/etc/cron.d',
  '/etc/rc.local',
  '/etc/network',
  '/etc/NetworkManager/dispatcher.d',
  '/etc/networkd-dispatcher',
  '/usr/local/sbin',
  '/usr/local/bin',
] as const;
/** Not into folders below, and of programs only scripts that say so: not every grep passes over binaries of 100 MB. */
const SEARCH_TEXTS = `pattern="$1"; shift
for place in "$@"; do
  case "$place" in
    *bin) grep -sHE "$pattern" "$place"/*.sh ;;
    *) if [ -d "$place" ]; then grep -sHE "$pattern" "$place"/*; else grep -sHE "$pattern" "$place"; fi ;;
  esac
done; true`;

/** Only configurations: beside them are the networks' credentials, which others than root cannot read. */
const SEARCH_CNI = `for file in "$1"/*.conf "$1"/*.conflist "$1"/*.json; do
  [ -e "$file" ] || continue
  grep -sHE externalSetMarkChain "$file"; [ $? -le 1 ] || exit 2
done`;

const RELEASE = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/;

/** The same for every node but for paths. A kernel release that is no plain file name is left out, and with it what needs it. */
export function probeCommands({ pathOf, kernelRelease }: ProbePlace): readonly ProbeCommand[] {
  const root = pathOf('/').replace(/(?<=.)\/+$/, '');
  const builtin = builtinList(pathOf, kernelRelease) ?? '';
  const modprobeFolders = MODPROBE_FOLDERS.map((folder) => pathOf(folder));
  return [
    { id: 'procModules', argv: ['cat', '/proc/modules'] },
    { id: 'features', argv: script(EXISTING, '/proc/modules', ...MODULE_TRACES.map(({ path }) => path)) },
    { id: 'commandLine', argv: ['cat', '/proc/cmdline'] },
    { id: 'modprobeBlacklist', argv: ['grep', '-rhsE', '^[[:space:]]*blacklist[[:space:]]', ...modprobeFolders] },
    ...ofRelease(pathOf, kernelRelease),
    { id: 'modprobe', argv: script(MODPROBE, root, ...PROBED_MODULES) },
    { id: 'sysctls', argv: ['grep', '-sH', '', ...PROBED_SYSCTLS.map((name) => `/proc/sys/${name}`)] },
    { id: 'osRelease', argv: ['cat', pathOf('/etc/os-release')] },
    { id: 'hostPrograms', argv: script(PROGRAMS, root === '/' ? '' : root, ...HOST_PROGRAMS) },
    { id: 'nftVersion', argv: ['nft', '--version'] },
    // Not the host's: what nft itself reads.
    { id: 'protocolNames', argv: ['grep', '-sE', '^tcp[[:space:]]', '/etc/protocols'] },
    // `help` begins with the version, too; `version` asks the kernel for its own, which loads ip_set.
    { id: 'ipsetVersion', argv: ['ipset', 'help'] },
    { id: 'nftTables', argv: script(NFT_TABLES, builtin) },
    { id: 'nftFib', argv: script(NFT_FIB, builtin, 'nft_fib_ipv4', FIB_CHECK) },
    { id: 'nftFib6', argv: script(NFT_FIB, builtin, 'nft_fib_ipv6', FIB6_CHECK) },
    { id: 'nftRuleset', argv: script(NFT_RULESET, builtin) },
    { id: 'iptablesLegacy', argv: script(IPTABLES_SAVE, builtin, 'iptables', 'legacy') },
    { id: 'iptablesNft', argv: script(IPTABLES_SAVE, builtin, 'iptables', 'nft') },
    { id: 'ip6tablesLegacy', argv: script(IPTABLES_SAVE, builtin, 'ip6tables', 'legacy') },
    { id: 'ip6tablesNft', argv: script(IPTABLES_SAVE, builtin, 'ip6tables', 'nft') },
    { id: 'ipVs', argv: script('[ ! -e /proc/net/ip_vs ] || cat /proc/net/ip_vs') },
    { id: 'ipsets', argv: script(IPSETS, builtin) },
    { id: 'devices', argv: ['cat', '/proc/net/dev'] },
    { id: 'ipAddresses', argv: ['ip', '-j', 'addr'] },
    { id: 'fibTrie', argv: ['cat', '/proc/net/fib_trie'] },
    { id: 'routes', argv: ['cat', '/proc/net/route'] },
    { id: 'inet6Addresses', argv: script('[ ! -e /proc/net/if_inet6 ] || cat /proc/net/if_inet6') },
    {
      id: 'localhostMirrors',
      argv: script(SEARCH, '(localhost|127\\.0\\.0\\.1):3[0-9]{4}', pathOf('/etc/containerd')),
    },
    { id: 'cniMarkChain', argv: script(SEARCH_CNI, pathOf('/etc/cni/net.d')) },
    {
      id: 'markScripts',
      argv: script(
        SEARCH_TEXTS,
        'KUBE-(MARK-MASQ|MARK-DROP|POSTROUTING)',
        ...SCRIPT_PLACES.map((path) => pathOf(path)),
      ),
    },
    {
      id: 'networkManager',
      argv: script('if [ -d "$1" ]; then echo yes; else echo no; fi', pathOf('/run/NetworkManager')),
    },
    { id: 'networkManagerUnmanaged', argv: script(SEARCH, '^ *unmanaged-devices', pathOf('/etc/NetworkManager')) },
  ];
}

function ofRelease(pathOf: ProbePlace['pathOf'], release: string): readonly ProbeCommand[] {
  const builtin = builtinList(pathOf, release);
  if (builtin === undefined) return [];
  const folder = pathOf(`/lib/modules/${release}`);
  const configs = [pathOf(`/boot/config-${release}`), `${folder}/config`, `${folder}/build/.config`];
  return [
    { id: 'modulesBuiltin', argv: ['cat', builtin] },
    { id: 'kernelConfig', argv: ['grep', '-shE', `^(CONFIG_|# CONFIG_)(${KERNEL_OPTIONS})(=| )`, ...configs] },
  ];
}

/** undefined for a release that is no plain file name. */
function builtinList(pathOf: ProbePlace['pathOf'], release: string): string | undefined {
  return RELEASE.test(release) ? pathOf(`/lib/modules/${release}/modules.builtin`) : undefined;
}

/** `sh -c SCRIPT sh ARGUMENT…`: the script sees the arguments as "$1" and so on. */
export function script(text: string, ...words: readonly string[]): readonly [string, ...string[]] {
  return ['sh', '-c', text, 'sh', ...words];
}
