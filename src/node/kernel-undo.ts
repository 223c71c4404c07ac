// Takes back what kernel-prepare.ts did, by its record. What somebody has changed since is theirs and stays; so do modules
// that are in use, or without which something else might stop. Everything may be done again.
import { attempt, failed, isSetback, type Setback } from './attempt.ts';
import { sysctlPath } from './kernel-names.ts';
import { invalid, readSysctls, rewrite, type Done, type KernelChange } from './kernel-prepare.ts';
import { readTexts, writeInPlace } from './node-files.ts';
import { MODULES_FILE, modulesFile, SYSCTLS_FILE, sysctlsFile } from './own-files.ts';
import { parseProcModules, planUnloading } from './proc-modules.ts';
import { modprobe } from './read-modules.ts';
import type { NodeShell } from './shell.ts';

/** Files first: a reboot in the middle must not bring anything back. Notes say what was left, and why. */
export async function undoKernel(
  shell: NodeShell,
  change: KernelChange,
  signal?: AbortSignal,
): Promise<Done | Setback> {
  const mistake = invalid(change);
  if (mistake !== undefined) return failed(mistake);
  if (change.persist) {
    const forgotten = await forget(shell, change, signal);
    if (forgotten !== undefined) return forgotten;
  }
  const sysctls = await restoreSysctls(shell, change, signal);
  if (isSetback(sysctls)) return sysctls;
  const modules = await unloadModules(shell, change.modules, signal);
  return isSetback(modules) ? modules : { kind: 'done', notes: [...sysctls.notes, ...modules.notes] };
}

async function forget(
  shell: NodeShell,
  change: KernelChange,
  signal: AbortSignal | undefined,
): Promise<Setback | undefined> {
  const names = change.sysctls.map(({ name }) => name);
  const first = await rewrite(shell, MODULES_FILE, (text) => modulesFile(text, { remove: change.modules }), signal);
  if (isSetback(first)) return first;
  const second = await rewrite(shell, SYSCTLS_FILE, (text) => sysctlsFile(text, { remove: names }), signal);
  return isSetback(second) ? second : undefined;
}

async function restoreSysctls(
  shell: NodeShell,
  { sysctls }: KernelChange,
  signal: AbortSignal | undefined,
): Promise<Done | Setback> {
  if (sysctls.length === 0) return { kind: 'done', notes: [] };
  const now = await readSysctls(shell, sysctls, signal);
  if (isSetback(now)) return now;
  const notes: string[] = [];
  for (const { name, from, to } of sysctls) {
    const value = now.values.get(name);
    if (value === from || value === undefined) continue;
    if (value !== to) {
      notes.push(
        `${name} is ${value}, which is neither what it was (${from}) nor what it was set to (${to}): left as it is`,
      );
      continue;
    }
    const written = await writeInPlace(shell, { path: sysctlPath(name), text: from }, signal);
    if (isSetback(written)) return written;
  }
  return { kind: 'done', notes };
}

async function unloadModules(
  shell: NodeShell,
  modules: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Done | Setback> {
  if (modules.length === 0) return { kind: 'done', notes: [] };
  const texts = await readTexts(shell, ['/proc/modules'], signal);
  if (isSetback(texts)) return texts;
  const plan = planUnloading(modules, parseProcModules(texts.files.get('/proc/modules') ?? ''));
  const notes = plan.stay.map(({ name, why }) => `module ${name} stays loaded: ${why}`);
  for (const name of plan.unload) {
    const result = await attempt(shell, { argv: modprobe(shell, ['-r', '--', name]) }, { signal });
    // Somebody has begun to use it: a module that is loaded does no harm.
    if (result.kind === 'failed') notes.push(`module ${name} stays loaded: ${result.message}`);
    else if (isSetback(result)) return result;
  }
  return { kind: 'done', notes };
}
