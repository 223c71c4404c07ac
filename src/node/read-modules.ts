// The state of kernel modules on a node, read without changing anything: modprobe is only asked what it would do.
import { isKernelModule } from './kernel-names.ts';
import type { ModuleState, ModuleStates } from '../kubeproxy/kernel-state.ts';
import { isSetback, type Setback } from './attempt.ts';
import {
  byDryRun,
  parseModuleBlacklist,
  parseModulesBuiltin,
  withoutDryRun,
  type DryRun,
  type Evidence,
} from './module-evidence.ts';
import { readTexts } from './node-files.ts';
import { parseProcModules, type LoadedModule } from './proc-modules.ts';
import type { NodeShell } from './shell.ts';

export type ModuleReading = {
  readonly kind: 'modules';
  readonly states: ModuleStates;
  readonly loaded: ReadonlyMap<string, LoadedModule>;
};

/** A file that exists exactly while the module does, loaded or built in: what can be told of a kernel without loadable modules. */
const TRACES: readonly (readonly [string, string])[] = [
  ['br_netfilter', '/proc/sys/net/bridge/bridge-nf-call-iptables'],
  ['ip_vs', '/proc/sys/net/ipv4/vs/conntrack'],
  ['nf_conntrack', '/proc/sys/net/netfilter/nf_conntrack_max'],
];

export async function readModules(
  shell: NodeShell,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ModuleReading | Setback> {
  const kernel = await readTexts(shell, [...KERNEL_FILES, ...TRACES.map(([, path]) => path)], signal);
  if (isSetback(kernel)) return kernel;
  const builtIn = await readBuiltIn(shell, kernel.files.get('/proc/sys/kernel/osrelease') ?? '', signal);
  if (builtIn !== undefined && isSetback(builtIn)) return builtIn;
  const loaded = parseProcModules(kernel.files.get('/proc/modules') ?? '');
  const evidence = evidenceOf(kernel.files, { loaded, builtIn: builtIn?.names });
  const states: Record<string, ModuleState> = {};
  for (const name of new Set(names)) {
    const state = withoutDryRun(name, evidence) ?? (await dryRun(shell, name, { evidence, signal }));
    if (isSetback(state)) return state;
    states[name] = state;
  }
  return { kind: 'modules', states, loaded };
}

const KERNEL_FILES = [
  '/proc/modules',
  '/proc/cmdline',
  '/proc/sys/kernel/osrelease',
  '/proc/sys/kernel/modules_disabled',
];

function evidenceOf(
  files: ReadonlyMap<string, string>,
  { loaded, builtIn }: { loaded: ReadonlyMap<string, LoadedModule>; builtIn: ReadonlySet<string> | undefined },
): Evidence {
  return {
    loaded: new Set(loaded.keys()),
    builtIn,
    present: new Set(TRACES.flatMap(([name, path]) => (files.has(path) ? [name] : []))),
    blacklisted: parseModuleBlacklist(files.get('/proc/cmdline') ?? ''),
    loadingDisabled: files.get('/proc/sys/kernel/modules_disabled')?.trim() === '1',
  };
}

type BuiltIn = { readonly kind: 'builtIn'; readonly names: ReadonlySet<string> };

/** undefined: there is no such list. */
async function readBuiltIn(
  shell: NodeShell,
  osrelease: string,
  signal: AbortSignal | undefined,
): Promise<BuiltIn | Setback | undefined> {
  const release = osrelease.trim();
  // It becomes part of a path.
  if (!/^[A-Za-z0-9][-+.~_A-Za-z0-9]*$/.test(release)) return undefined;
  const path = `/lib/modules/${release}/modules.builtin`;
  const texts = await readTexts(shell, [path], signal);
  if (isSetback(texts)) return texts;
  const text = texts.files.get(path);
  return text === undefined ? undefined : { kind: 'builtIn', names: parseModulesBuiltin(text) };
}

async function dryRun(
  shell: NodeShell,
  name: string,
  { evidence, signal }: { evidence: Evidence; signal: AbortSignal | undefined },
): Promise<ModuleState | Setback> {
  if (!isKernelModule(name)) return { kind: 'missing', reason: 'that is no name a kernel module can have' };
  const result = await shell.run({ argv: modprobe(shell, ['-n', '-v', name]) }, signal);
  return result.kind === 'exited' ? byDryRun(name, result satisfies DryRun, evidence) : result;
}

/**
 * modprobe with the node's modules and configuration, also where the program itself is that of an image. A directory of
 * configuration that is not there does not trouble it.
 */
export function modprobe(shell: NodeShell, words: readonly string[]): readonly ['modprobe', ...string[]] {
  const root = shell.pathOf('/');
  if (root === '/') return ['modprobe', ...words];
  const folders = [
    '/etc/modprobe.d',
    '/run/modprobe.d',
    '/usr/local/lib/modprobe.d',
    '/usr/lib/modprobe.d',
    '/lib/modprobe.d',
  ];
  return ['modprobe', '-d', root, ...folders.flatMap((folder) => ['-C', shell.pathOf(folder)]), ...words];
}
