// The state of kernel modules on a node, read without changing anything: modprobe is only asked what it would do.
import { isKernelModule } from './kernel-names.ts';
import type { ModuleState, ModuleStates } from '../kubeproxy/kernel-state.ts';
import {
  byDryRun,
  MODPROBE_FOLDERS,
  MODULE_TRACES,
  parseModuleBlacklist,
  parseModulesBuiltin,
  withoutDryRun,
  type ModuleEvidence,
} from '../kubeproxy/module-evidence.ts';
import { isSetback, type Setback } from './attempt.ts';
import { readTexts } from './node-files.ts';
import { parseProcModules, type LoadedModule } from './proc-modules.ts';
import type { NodeShell } from './shell.ts';

export type ModuleReading = {
  readonly kind: 'modules';
  readonly states: ModuleStates;
  readonly loaded: ReadonlyMap<string, LoadedModule>;
};

export async function readModules(
  shell: NodeShell,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ModuleReading | Setback> {
  const kernel = await readTexts(shell, [...KERNEL_FILES, ...MODULE_TRACES.map(({ path }) => path)], signal);
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
): ModuleEvidence {
  return {
    loaded: new Set(loaded.keys()),
    builtIn,
    present: new Set(MODULE_TRACES.flatMap(({ module, path }) => (files.has(path) ? [module] : []))),
    refused: parseModuleBlacklist(files.get('/proc/cmdline') ?? ''),
    // Here modules are asked for by their names.
    withoutAliases: new Set(),
    loading: loadingOf(files.get('/proc/sys/kernel/modules_disabled')),
  };
}

/** A kernel that was built without loadable modules has no such file. */
function loadingOf(modulesDisabled: string | undefined): ModuleEvidence['loading'] {
  if (modulesDisabled === undefined) return 'unsupported';
  return modulesDisabled.trim() === '1' ? 'disabled' : 'possible';
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
  { evidence, signal }: { evidence: ModuleEvidence; signal: AbortSignal | undefined },
): Promise<ModuleState | Setback> {
  if (!isKernelModule(name))
    return { kind: 'missing', because: 'absent', reason: 'that is no name a kernel module can have' };
  const result = await shell.run({ argv: modprobe(shell, ['-n', '-v', name]) }, signal);
  if (result.kind !== 'exited') return result;
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  return byDryRun(name, { code: result.code, lines: lines.filter((line) => line !== '') }, evidence);
}

/**
 * modprobe with the node's modules and configuration, also where the program itself is that of an image. A directory of
 * configuration that is not there does not trouble it.
 */
export function modprobe(shell: NodeShell, words: readonly string[]): readonly ['modprobe', ...string[]] {
  const root = shell.pathOf('/');
  if (root === '/') return ['modprobe', ...words];
  return ['modprobe', '-d', root, ...MODPROBE_FOLDERS.flatMap((folder) => ['-C', shell.pathOf(folder)]), ...words];
}
