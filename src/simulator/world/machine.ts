// The machine under a simulated node as far as helper pods look at it: files, kernel modules, sysctls. Sysctls and what
// /proc and /sys say of modules are files like the others, made from the state when they are read.
import { parseAliasBlacklist, parseModuleBlacklist } from '../../kubeproxy/module-evidence.ts';
import type { NodeSpec } from './node-object.ts';

/** What differs from an ordinary Debian node. */
export type MachineSpec = {
  /** Not there at all: neither loaded nor in /lib/modules. */
  readonly missingModules?: readonly string[];
  /** There, but `install <module> /bin/false` keeps it from being loaded. */
  readonly blockedModules?: readonly string[];
  readonly builtInModules?: readonly string[];
  readonly loadedModules?: readonly string[];
  /** Added to the kernel's command line: `module_blacklist=ip_vs`. */
  readonly commandLine?: string;
  /** By dotted name; `undefined` takes one away. With `kernel.modules_disabled` 1 nothing is loaded any more; without it the kernel has no modules. */
  readonly sysctls?: Readonly<Record<string, string | undefined>>;
  /** By path on the node; `undefined` takes one away. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  /** What the directories are that the files lie in is clear; these exist although they are empty. */
  readonly directories?: readonly string[];
};

/** Module and what it depends on, as in modules.dep of Debian 12. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  br_netfilter: ['bridge'],
  bridge: [],
  dummy: [],
  ip6_tables: [],
  ip6table_filter: ['ip6_tables'],
  ip6table_mangle: ['ip6_tables'],
  ip6table_nat: ['ip6_tables', 'nf_nat'],
  ip_set: [],
  ip_tables: [],
  ip_vs: ['nf_conntrack'],
  ip_vs_dh: ['ip_vs'],
  ip_vs_lblc: ['ip_vs'],
  ip_vs_lblcr: ['ip_vs'],
  ip_vs_lc: ['ip_vs'],
  ip_vs_mh: ['ip_vs'],
  ip_vs_nq: ['ip_vs'],
  ip_vs_rr: ['ip_vs'],
  ip_vs_sed: ['ip_vs'],
  ip_vs_sh: ['ip_vs'],
  ip_vs_wlc: ['ip_vs'],
  ip_vs_wrr: ['ip_vs'],
  iptable_filter: ['ip_tables'],
  iptable_mangle: ['ip_tables'],
  iptable_nat: ['ip_tables', 'nf_nat'],
  nf_conntrack: [],
  nf_nat: ['nf_conntrack'],
  nf_tables: [],
  nft_chain_nat: ['nf_nat', 'nf_tables'],
  nft_compat: ['nf_tables'],
  nft_ct: ['nf_conntrack', 'nf_tables'],
  nft_fib: ['nf_tables'],
  nft_fib_ipv4: ['nft_fib'],
  nft_fib_ipv6: ['nft_fib'],
  nft_masq: ['nf_nat', 'nf_tables'],
  nft_nat: ['nf_nat', 'nf_tables'],
  nft_numgen: ['nf_tables'],
  nft_reject_ipv4: ['nf_tables'],
  nft_reject_ipv6: ['nf_tables'],
  xt_set: ['ip_set'],
};

const LOADED = [
  'bridge',
  'br_netfilter',
  'ip_tables',
  'iptable_filter',
  'iptable_mangle',
  'nf_nat',
  'iptable_nat',
  'nf_conntrack',
  'nf_tables',
  'nft_chain_nat',
  'nft_compat',
];

const SYSCTLS: Readonly<Record<string, string>> = {
  'kernel.modules_disabled': '0',
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.ipv4.conf.all.arp_announce': '0',
  'net.ipv4.conf.all.arp_ignore': '0',
  'net.ipv4.conf.all.route_localnet': '1',
  'net.ipv4.ip_forward': '1',
  'net.ipv4.vs.expire_nodest_conn': '0',
  'net.ipv6.conf.all.forwarding': '1',
  'net.netfilter.nf_conntrack_max': '131072',
  'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
};

const DIRECTORIES: ReadonlySet<string> = new Set(['/etc/modules-load.d', '/etc/sysctl.d', '/etc/modprobe.d']);

/** Sysctls that are there only while a module is. */
const OF_MODULE: readonly (readonly [string, string])[] = [
  ['net.bridge.', 'br_netfilter'],
  ['net.ipv4.vs.', 'ip_vs'],
  ['net.netfilter.nf_conntrack', 'nf_conntrack'],
];

export type Machine = {
  readonly kernel: string;
  /** Text of a file or sysctl; undefined when there is none. */
  read(path: string): string | undefined;
  /** Paths of all files below a directory, sorted; undefined when there is no such directory. */
  list(directory: string): readonly string[] | undefined;
  /** False when the directory is not there, or a sysctl is not. */
  write(path: string, text: string): boolean;
  remove(path: string): boolean;
  readonly modules: ModuleTable;
};

export type ModuleTable = {
  has(name: string): 'loaded' | 'builtIn' | 'file' | 'nowhere';
  /** What has to be loaded for it, in order, itself last. */
  chain(name: string): readonly string[];
  /** `install` lines of modprobe's configuration that stand in the way of a module. */
  blocker(name: string): string | undefined;
  /** The kernel takes it from nobody: it is on its own list, or takes no module any more. */
  refused(name: string): boolean;
  /** Whoever asks by an alias, as the kernel does for parts of nf_tables, gets it: modprobe has no `blacklist` line for it. */
  hasAliases(name: string): boolean;
  load(name: string): void;
  /** Loaded modules that hold it. */
  usersOf(name: string): readonly string[];
  unload(name: string): void;
  dependencies(name: string): readonly string[];
};

export function createMachine(spec: NodeSpec, kernel: string): Machine {
  return new SimulatedMachine(spec.machine ?? {}, kernel, spec.osImage ?? '');
}

class SimulatedMachine implements Machine, ModuleTable {
  readonly kernel: string;
  readonly #spec: MachineSpec;
  readonly #osImage: string;
  readonly #loaded = new Set<string>();
  // Made when somebody looks: of thousands of nodes, most are never looked at.
  #sysctlsOrNone: Map<string, string> | undefined;
  #filesOrNone: Map<string, string> | undefined;
  #directories: ReadonlySet<string>;

  constructor(spec: MachineSpec, kernel: string, osImage: string) {
    this.kernel = kernel;
    this.#spec = spec;
    this.#osImage = osImage;
    this.#directories = spec.directories === undefined ? DIRECTORIES : new Set([...DIRECTORIES, ...spec.directories]);
    for (const name of spec.loadedModules ?? LOADED) if (this.has(name) === 'file') this.load(name);
  }

  get #sysctls(): Map<string, string> {
    return (this.#sysctlsOrNone ??= mapOf({ ...SYSCTLS, ...this.#spec.sysctls }));
  }

  get #files(): Map<string, string> {
    const blocked = (this.#spec.blockedModules ?? []).map((name) => `install ${name} /bin/false\n`).join('');
    return (this.#filesOrNone ??= mapOf({
      '/etc/os-release': osRelease(this.#osImage),
      '/etc/modules-load.d/modules.conf': '# /etc/modules: kernel modules to load at boot time.\n',
      '/etc/sysctl.d/99-kubernetes.conf': 'net.ipv4.ip_forward = 1\n',
      ...(blocked === '' ? {} : { '/etc/modprobe.d/blocked.conf': blocked }),
      ...this.#spec.files,
    }));
  }

  get modules(): ModuleTable {
    return this;
  }

  read(path: string): string | undefined {
    if (path === '/proc/modules') return this.#sysctls.has('kernel.modules_disabled') ? this.#procModules() : undefined;
    if (path === '/proc/cmdline')
      return `BOOT_IMAGE=/boot/vmlinuz-${this.kernel} ro quiet ${this.#spec.commandLine ?? ''}\n`;
    if (path === '/proc/sys/kernel/osrelease') return `${this.kernel}\n`;
    if (path.startsWith('/proc/sys/')) return this.#readSysctl(path);
    if (path === `/lib/modules/${this.kernel}/modules.builtin`) return this.#builtInList();
    return this.#files.get(path);
  }

  list(directory: string): readonly string[] | undefined {
    const below = [...this.#files.keys()].filter((path) => path.startsWith(`${directory}/`)).toSorted();
    return below.length === 0 && !this.#directories.has(directory) ? undefined : below;
  }

  write(path: string, text: string): boolean {
    if (path.startsWith('/proc/sys/')) {
      if (this.#readSysctl(path) === undefined) return false;
      this.#sysctls.set(sysctlName(path), text.trim());
      return true;
    }
    if (this.list(path.slice(0, path.lastIndexOf('/'))) === undefined) return false;
    this.#files.set(path, text);
    return true;
  }

  remove(path: string): boolean {
    const directory = path.slice(0, path.lastIndexOf('/'));
    // A directory does not go with its last file.
    if (this.#files.has(path)) this.#directories = new Set([...this.#directories, directory]);
    return this.#files.delete(path);
  }

  has(name: string): 'loaded' | 'builtIn' | 'file' | 'nowhere' {
    if (this.#loaded.has(name)) return 'loaded';
    if (this.#spec.builtInModules?.includes(name) === true) return 'builtIn';
    return name in MODULES && this.#spec.missingModules?.includes(name) !== true ? 'file' : 'nowhere';
  }

  chain(name: string): readonly string[] {
    const below = this.dependencies(name).flatMap((dependency) => this.chain(dependency));
    return [...new Set([...below, name])].filter((each) => this.has(each) !== 'builtIn');
  }

  blocker(name: string): string | undefined {
    const line = new RegExp(`^\\s*install\\s+${name}\\s+(.*)$`, 'm').exec(this.#modprobeConfiguration());
    return line?.[1]?.trim();
  }

  refused(name: string): boolean {
    if (this.#sysctls.get('kernel.modules_disabled') !== '0') return true;
    return parseModuleBlacklist(this.read('/proc/cmdline') ?? '').has(name);
  }

  hasAliases(name: string): boolean {
    return !parseAliasBlacklist(this.read('/proc/cmdline') ?? '', this.#modprobeConfiguration()).has(name);
  }

  #modprobeConfiguration(): string {
    return (this.list('/etc/modprobe.d') ?? []).map((path) => this.#files.get(path) ?? '').join('\n');
  }

  load(name: string): void {
    for (const each of this.chain(name)) this.#loaded.add(each);
  }

  usersOf(name: string): readonly string[] {
    return [...this.#loaded].filter((user) => this.dependencies(user).includes(name));
  }

  unload(name: string): void {
    this.#loaded.delete(name);
  }

  dependencies(name: string): readonly string[] {
    return MODULES[name] ?? [];
  }

  #readSysctl(path: string): string | undefined {
    const name = sysctlName(path);
    const module = OF_MODULE.find(([prefix]) => name.startsWith(prefix))?.[1];
    if (module !== undefined && !['loaded', 'builtIn'].includes(this.has(module))) return undefined;
    const value = this.#sysctls.get(name);
    return value === undefined ? undefined : `${value}\n`;
  }

  #procModules(): string {
    return [...this.#loaded]
      .toReversed()
      .map((name) => {
        const users = this.usersOf(name);
        return `${name} 16384 ${users.length} ${users.length === 0 ? '-' : `${users.join(',')},`} Live 0x0000000000000000\n`;
      })
      .join('');
  }

  #builtInList(): string {
    return ['ext4', ...(this.#spec.builtInModules ?? [])].map((name) => `kernel/net/${name}.ko\n`).join('');
  }
}

function sysctlName(path: string): string {
  return path.slice('/proc/sys/'.length).replaceAll('/', '.');
}

function mapOf(entries: Readonly<Record<string, string | undefined>>): Map<string, string> {
  return new Map(
    Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

/** ID as the distributions write it; what an osImage begins with is NAME. */
function osRelease(osImage: string): string {
  const id = /^(talos|bottlerocket|flatcar)/i.exec(osImage)?.[1]?.toLowerCase() ?? 'debian';
  return `ID=${id}\nPRETTY_NAME="${osImage === '' ? 'Debian GNU/Linux 12 (bookworm)' : osImage}"\n`;
}
