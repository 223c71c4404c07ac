// What a kernel module's state is, from everything a node tells of it. Pure, and the only place where it is decided: preflight judges the
// outputs of its probe by it, and the preparation of a node what it reads right before and after it loads something.
//
// All of the evidence is read without loading anything: files of /proc and of /lib/modules, and dry runs of modprobe. Programs that ask the
// kernel (ipset, nft, iptables-save) are no evidence, because asking loads what is asked for.
import type { ModuleState } from './kernel-state.ts';

export type ModuleEvidence = {
  /** Of /proc/modules. */
  readonly loaded: ReadonlySet<string>;
  /** Of modules.builtin; undefined when it was not read, or there is none. */
  readonly builtIn: ReadonlySet<string> | undefined;
  /** Of those in MODULE_TRACES. */
  readonly present: ReadonlySet<string>;
  /** `module_blacklist=` of the kernel's command line: the kernel itself refuses them. */
  readonly refused: ReadonlySet<string>;
  /**
   * `blacklist` lines of modprobe.d, and `modprobe.blacklist=` of the command line: modprobe resolves no alias to them. Whoever names the
   * module itself gets it all the same.
   */
  readonly withoutAliases: ReadonlySet<string>;
  /** `disabled`: kernel.modules_disabled is 1. `unsupported`: the kernel was built without loadable modules. */
  readonly loading: 'possible' | 'disabled' | 'unsupported';
};

/** What `modprobe -n -v <module>` ended with, and its lines of both streams. */
export type DryRun = { readonly code: number; readonly lines: readonly string[] };

/**
 * Files that exist exactly while a module is there, loaded or built in. They are what can be told of a kernel without loadable modules, and
 * of nodes without modprobe.
 */
export const MODULE_TRACES = [
  { module: 'ip_vs', path: '/proc/sys/net/ipv4/vs/expire_nodest_conn' },
  { module: 'nf_conntrack', path: '/proc/sys/net/netfilter/nf_conntrack_max' },
  { module: 'br_netfilter', path: '/proc/sys/net/bridge/bridge-nf-call-iptables' },
  { module: 'ip_tables', path: '/proc/net/ip_tables_names' },
  { module: 'ip6_tables', path: '/proc/net/ip6_tables_names' },
] as const;

/** Where modprobe's configuration is. A program of an image has to be told; a folder that is not there does not trouble it. */
export const MODPROBE_FOLDERS: readonly string[] = [
  '/etc/modprobe.d',
  '/run/modprobe.d',
  '/usr/local/lib/modprobe.d',
  '/usr/lib/modprobe.d',
  '/lib/modprobe.d',
];

/** undefined: only a dry run of modprobe can tell. */
export function withoutDryRun(name: string, evidence: ModuleEvidence): ModuleState | undefined {
  const { loaded, builtIn, present, refused, loading } = evidence;
  if (loaded.has(name)) return { kind: 'loaded' };
  if (builtIn?.has(name) === true || present.has(name)) return { kind: 'builtIn' };
  if (refused.has(name))
    return { kind: 'missing', because: 'refused', reason: `the kernel’s command line has module_blacklist=${name}` };
  switch (loading) {
    case 'possible':
      return undefined;
    case 'disabled':
      return {
        kind: 'missing',
        because: 'disabled',
        reason: 'kernel.modules_disabled is 1: no module can be loaded before the next boot',
      };
    case 'unsupported':
      return monolithic(name, builtIn !== undefined);
  }
}

/** Not loaded, no trace, and nothing can be loaded. Without a list of what is built in, only a module that leaves traces is known not to be. */
function monolithic(name: string, listed: boolean): ModuleState {
  const none = 'the kernel has no loadable modules';
  return listed || MODULE_TRACES.some(({ module }) => module === name)
    ? { kind: 'missing', because: 'absent', reason: `not built in, and ${none}` }
    : { kind: 'unknown', reason: `${none}; what is built in cannot be seen` };
}

/** Of a module about which nothing else is known. */
export function byDryRun(name: string, { code, lines }: DryRun, evidence: ModuleEvidence): ModuleState {
  if (code === 126 || code === 127) return { kind: 'unknown', reason: 'there is no modprobe to ask' };
  const install = lines.find((line) => line.startsWith('install '));
  if (install !== undefined) return ofInstallLine(install);
  if (code === 0) return ofSuccess(name, lines, evidence);
  const said = lines.at(-1)?.slice(0, 200) ?? '';
  // A kernel without a directory of modules may have everything built in, and says so nowhere.
  if (evidence.builtIn === undefined)
    return {
      kind: 'unknown',
      reason: `the node has no list of its kernel’s modules${said === '' ? '' : ` (${said})`}`,
    };
  return { kind: 'missing', because: 'absent', reason: said === '' ? `modprobe -n ${name} ended with ${code}` : said };
}

/** modprobe looks only at its own configuration: what the kernel refuses it finds out when it loads it. */
function ofSuccess(name: string, lines: readonly string[], evidence: ModuleEvidence): ModuleState {
  const inserted = lines.flatMap((line) => (line.startsWith('insmod ') ? [moduleOf(line.split(/\s+/)[1] ?? '')] : []));
  const refused = inserted.find((each) => evidence.refused.has(each));
  if (refused !== undefined)
    return {
      kind: 'missing',
      because: 'refused',
      reason: `it needs ${refused}, and the kernel’s command line has module_blacklist=${refused}`,
    };
  // modprobe has nothing to do for a module that is part of the kernel, and newer ones say so. Without modules.builtin its silence proves nothing.
  const silent =
    inserted.length === 0 && (evidence.builtIn !== undefined || lines.some((line) => line.startsWith('builtin ')));
  if (silent) return { kind: 'builtIn' };
  return evidence.withoutAliases.has(name)
    ? { kind: 'loadable', byNameOnly: `modprobe’s configuration has: blacklist ${name}` }
    : { kind: 'loadable' };
}

/** Commands by which people keep a module out. Anything that could go on to do something else is not one of them. */
const DOES_NOTHING = /^install (?:(?:\/usr)?\/s?bin\/)?(?:false|true|echo|:)(?:\s[^;&|`$]*)?$/;

/** `install ip_vs /bin/false` in modprobe.d: the command is run instead of loading the module. Ours to run it is not. */
function ofInstallLine(line: string): ModuleState {
  const shown = line.trim().slice(0, 200);
  if (DOES_NOTHING.test(line.trim()))
    return { kind: 'missing', because: 'blocked', reason: `blocked in modprobe.d: ${shown}` };
  return { kind: 'unknown', reason: `modprobe.d runs a command instead of loading it: ${shown}` };
}

/** modules.builtin: `kernel/net/netfilter/ipvs/ip_vs.ko`, one a line. */
export function parseModulesBuiltin(text: string): ReadonlySet<string> {
  const paths = text.split('\n').filter((line) => /\.ko[^/]*$/.test(line.trim()));
  return new Set(paths.map(moduleOf));
}

/** The path of a module's file, compressed or not → ip_vs. */
function moduleOf(path: string): string {
  const file = path.trim().slice(path.trim().lastIndexOf('/') + 1);
  return underscored(file.replace(/\.ko[^/]*$/, ''));
}

/** `… module_blacklist=ip_vs,ip_vs_rr …` of /proc/cmdline. */
export function parseModuleBlacklist(commandLine: string): ReadonlySet<string> {
  return listsOf(commandLine, /(?:^|\s)module_blacklist=(\S+)/g);
}

/**
 * Modules modprobe resolves no alias to.
 *
 * @param configuration lines of modprobe.d, of all files; others than `blacklist <module>` are passed over
 */
export function parseAliasBlacklist(commandLine: string, configuration: string): ReadonlySet<string> {
  const lines = [...configuration.matchAll(/^\s*blacklist\s+(\S+)/gm)].map((match) => underscored(match[1] ?? ''));
  return new Set([...listsOf(commandLine, /(?:^|\s)modprobe\.blacklist=(\S+)/g), ...lines]);
}

function listsOf(commandLine: string, pattern: RegExp): ReadonlySet<string> {
  const lists = [...commandLine.matchAll(pattern)].map((match) => match[1] ?? '');
  return new Set(lists.flatMap((list) => list.split(',')).map(underscored));
}

/** As /proc/modules writes names. */
function underscored(name: string): string {
  return name.replaceAll('-', '_');
}
