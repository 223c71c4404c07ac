// Makes a node's kernel ready: modules loaded, sysctls set, both kept over a reboot. Everything may be done again: what is so
// already is left alone, and a half-done change is completed. Nothing is changed before all that could be seen to fail has
// been looked at.
import { isNeededModule, isNeededSysctl } from '../kubeproxy/kernel-closed.ts';
import { isPresent } from '../kubeproxy/kernel-state.ts';
import { attempt, failed, isSetback, type Setback } from './attempt.ts';
import { isSwitch, sysctlPath } from './kernel-names.ts';
import { LEFTOVER, readFile, readTexts, removeFile, writeFile, writeInPlace } from './node-files.ts';
import { MODULES_FILE, modulesFile, SYSCTLS_FILE, sysctlsFile, type SysctlLine } from './own-files.ts';
import { BOOT_FILES, modulesAtBoot, overrulingAtBoot, type BootFiles } from './persistence.ts';
import { modprobe, readModules } from './read-modules.ts';
import type { NodeShell } from './shell.ts';

/** What is to be changed, and what was before: recorded before anything is done, and all that is needed to take it back. */
export type KernelChange = {
  /** Those that were not loaded, in the order in which they are loaded. */
  readonly modules: readonly string[];
  /** Those that had another value. */
  readonly sysctls: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly persist: boolean;
};

export type Done = {
  readonly kind: 'done';
  /** Sentences about what is not quite as asked, for a person. */
  readonly notes: readonly string[];
};

/** Modules first: some sysctls come with them. Ends with a setback at the first thing that does not work. */
export async function prepareKernel(
  shell: NodeShell,
  change: KernelChange,
  signal?: AbortSignal,
): Promise<Done | Setback> {
  const mistake = invalid(change);
  if (mistake !== undefined) return failed(mistake);
  const loaded = await loadModules(shell, change.modules, signal);
  if (isSetback(loaded)) return loaded;
  const set = await setSysctls(shell, change, signal);
  if (isSetback(set)) return set;
  if (!change.persist) return set;
  const kept = await persist(shell, change, signal);
  return isSetback(kept) ? kept : { kind: 'done', notes: [...set.notes, ...kept.notes] };
}

/**
 * A sentence when the change contains what kube-proxy does not need: it comes from a record that somebody may have edited, and
 * the one who may do that is not thereby root on every node.
 */
export function invalid({ modules, sysctls }: KernelChange): string | undefined {
  const module = modules.find((name) => !isNeededModule(name));
  if (module !== undefined) return `${JSON.stringify(module)} is no kernel module that kube-proxy needs: ${EDITED}`;
  const sysctl = sysctls.find((each) => !isNeededSysctl(each) || !isSwitch(each.from));
  return sysctl === undefined ? undefined : `${JSON.stringify(sysctl)} is no sysctl that kube-proxy needs: ${EDITED}`;
}

const EDITED = 'the record may have been edited, and nothing was changed on the node';

async function loadModules(
  shell: NodeShell,
  modules: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly kind: 'loaded' } | Setback> {
  if (modules.length === 0) return { kind: 'loaded' };
  const before = await readModules(shell, modules, signal);
  if (isSetback(before)) return before;
  for (const name of modules) {
    const state = before.states[name];
    // A command of modprobe.d would be run by us, as root: that is a person's decision.
    if (state?.kind === 'missing' || state?.kind === 'unknown')
      return failed(`module ${name} cannot be loaded on node ${shell.node}: ${state.reason}`);
  }
  for (const name of modules.filter((each) => before.states[each]?.kind === 'loadable')) {
    const result = await attempt(shell, { argv: modprobe(shell, ['--', name]) }, { signal });
    if (isSetback(result)) return result;
  }
  const after = await readModules(shell, modules, signal);
  if (isSetback(after)) return after;
  const absent = modules.find((name) => !isPresent(after.states[name] ?? { kind: 'unknown', reason: '' }));
  if (absent !== undefined)
    return failed(`modprobe ${absent} succeeded on node ${shell.node}, but the module is not loaded`);
  return { kind: 'loaded' };
}

async function setSysctls(
  shell: NodeShell,
  { sysctls }: KernelChange,
  signal: AbortSignal | undefined,
): Promise<Done | Setback> {
  if (sysctls.length === 0) return { kind: 'done', notes: [] };
  const before = await readSysctls(shell, sysctls, signal);
  if (isSetback(before)) return before;
  const absent = sysctls.find(({ name }) => !before.values.has(name));
  if (absent !== undefined) return failed(`node ${shell.node} has no sysctl ${absent.name}`);
  const notes: string[] = [];
  for (const { name, from, to } of sysctls) {
    const value = before.values.get(name);
    if (value === to) continue;
    if (value !== from) notes.push(`${name} was ${value} and not ${from} any more when it was set to ${to}`);
    const written = await writeInPlace(shell, { path: sysctlPath(name), text: to }, signal);
    if (isSetback(written)) return written;
  }
  const after = await readSysctls(shell, sysctls, signal);
  if (isSetback(after)) return after;
  const refused = sysctls.find(({ name, to }) => after.values.get(name) !== to);
  if (refused !== undefined)
    return failed(
      `${refused.name} on node ${shell.node} is ${after.values.get(refused.name)} after it was set to ${refused.to}`,
    );
  return { kind: 'done', notes };
}

type Values = { readonly kind: 'values'; readonly values: ReadonlyMap<string, string> };

/** Values by name; several in one are separated by tabs, as the kernel prints them. One that is not there is left out. */
export async function readSysctls(
  shell: NodeShell,
  sysctls: readonly { readonly name: string }[],
  signal?: AbortSignal,
): Promise<Values | Setback> {
  const texts = await readTexts(
    shell,
    sysctls.map(({ name }) => sysctlPath(name)),
    signal,
  );
  if (isSetback(texts)) return texts;
  const values = sysctls.flatMap(({ name }) => {
    const text = texts.files.get(sysctlPath(name));
    return text === undefined ? [] : [[name, text.trim()] as const];
  });
  return { kind: 'values', values: new Map(values) };
}

/** Modules that something else certainly loads at boot are left to it. */
async function persist(
  shell: NodeShell,
  change: KernelChange,
  signal: AbortSignal | undefined,
): Promise<Done | Setback> {
  const boot = await readTexts(shell, BOOT_FILES, signal);
  if (isSetback(boot)) return boot;
  const atBoot = modulesAtBoot(boot.files);
  const modules = change.modules.filter((name) => !atBoot.has(name));
  const lines = change.sysctls.map(({ name, to }) => ({ name, value: to }));
  const first = await rewrite(shell, MODULES_FILE, (text) => modulesFile(text, { add: modules }), signal);
  if (isSetback(first)) return first;
  const second = await rewrite(shell, SYSCTLS_FILE, (text) => sysctlsFile(text, { add: lines }), signal);
  if (isSetback(second)) return second;
  for (const path of [MODULES_FILE, SYSCTLS_FILE].map((each) => each + LEFTOVER)) {
    const swept = boot.files.has(path) ? await removeFile(shell, path, signal) : undefined;
    if (swept !== undefined && isSetback(swept)) return swept;
  }
  const files = new Map([...boot.files, [SYSCTLS_FILE, second.text]]);
  return { kind: 'done', notes: lines.flatMap((line) => overruled(files, line)) };
}

/** Files that are read after ours have the last word. */
function overruled(files: BootFiles, { name, value }: SysctlLine): readonly string[] {
  return overrulingAtBoot(files, { name, value }).map(
    (last) => `at the next boot ${last.path} sets ${name} to ${last.value} again: change it there`,
  );
}

type Rewritten = { readonly kind: 'rewritten'; readonly text: string };

/** Writes one of our own files only when it changes; an empty one is removed. */
export async function rewrite(
  shell: NodeShell,
  path: string,
  edit: (text: string) => string,
  signal: AbortSignal | undefined,
): Promise<Rewritten | Setback> {
  const found = await readFile(shell, path, signal);
  if (isSetback(found)) return found;
  const before = found.kind === 'text' ? found.text : '';
  const text = edit(before);
  if (text === before) return { kind: 'rewritten', text };
  const result = text === '' ? await removeFile(shell, path, signal) : await writeFile(shell, { path, text }, signal);
  return isSetback(result) ? result : { kind: 'rewritten', text };
}
