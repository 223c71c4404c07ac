// What a kernel module's state is, from everything a node tells of it. Pure; read-modules.ts gathers the evidence.
import type { ModuleState } from '../kubeproxy/kernel-state.ts';

export type Evidence = {
  /** Of /proc/modules. */
  readonly loaded: ReadonlySet<string>;
  /** Of modules.builtin; undefined when there is no such file. */
  readonly builtIn: ReadonlySet<string> | undefined;
  /** Files of /proc and /sys that only exist while a module does, and exist. */
  readonly present: ReadonlySet<string>;
  /** Of the kernel's command line, `module_blacklist=`. */
  readonly blacklisted: ReadonlySet<string>;
  /** /proc/sys/kernel/modules_disabled is 1: no module can be loaded until the next boot. */
  readonly loadingDisabled: boolean;
};

/** What `modprobe -n -v <module>` said. */
export type DryRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** undefined: only a dry run of modprobe can tell. */
export function withoutDryRun(name: string, evidence: Evidence): ModuleState | undefined {
  if (evidence.loaded.has(name)) return { kind: 'loaded' };
  if (evidence.builtIn?.has(name) === true || evidence.present.has(name)) return { kind: 'builtIn' };
  if (evidence.blacklisted.has(name)) return missing(`the kernel’s command line has module_blacklist=${name}`);
  if (evidence.loadingDisabled)
    return missing('kernel.modules_disabled is 1: no module can be loaded before the next boot');
  return undefined;
}

/** Of a module about which nothing else is known. */
export function byDryRun(name: string, { code, stdout, stderr }: DryRun, evidence: Evidence): ModuleState {
  if (code === 127) return { kind: 'unknown', reason: 'there is no modprobe to ask' };
  const lines = stdout.split('\n').map((line) => line.trim());
  const install = lines.find((line) => line.startsWith('install '));
  if (install !== undefined) return ofInstallLine(install);
  const loads = lines.some((line) => line.startsWith('insmod '));
  if (code === 0) return loads || evidence.builtIn === undefined ? { kind: 'loadable' } : { kind: 'builtIn' };
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  // A kernel without a directory of modules may have everything built in, and says so nowhere.
  if (evidence.builtIn === undefined)
    return { kind: 'unknown', reason: `the node has no list of its kernel’s modules (${said})` };
  return missing(said === '' ? `modprobe -n ${name} ended with ${code}` : said);
}

/** `install ip_vs /bin/false` in modprobe.d: the command is run instead of loading the module. Ours to run it is not. */
function ofInstallLine(line: string): ModuleState {
  const blocked = /^install (\/usr)?\/s?bin\/(false|true)\b/.test(line);
  if (blocked) return missing(`blocked in modprobe.d: ${line}`);
  return { kind: 'unknown', reason: `modprobe.d runs a command instead of loading it: ${line.slice(0, 200)}` };
}

function missing(reason: string): ModuleState {
  return { kind: 'missing', reason };
}

/** `kernel/net/netfilter/ipvs/ip_vs.ko` → ip_vs. */
export function parseModulesBuiltin(text: string): ReadonlySet<string> {
  const names = text.split('\n').map((line) => /([^/]+)\.ko[^/]*$/.exec(line.trim())?.[1] ?? '');
  return new Set(names.filter((name) => name !== '').map((name) => name.replaceAll('-', '_')));
}

/** `… module_blacklist=ip_vs,ip_vs_rr …` of /proc/cmdline. */
export function parseModuleBlacklist(commandLine: string): ReadonlySet<string> {
  const lists = [...commandLine.matchAll(/(?:^|\s)module_blacklist=(\S+)/g)].map((match) => match[1] ?? '');
  return new Set(lists.flatMap((list) => list.split(',')).map((name) => name.replaceAll('-', '_')));
}
