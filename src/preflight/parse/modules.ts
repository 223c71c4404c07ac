// What the probe printed about kernel modules, as evidence; what it amounts to is decided in kubeproxy/module-evidence.ts.
import type { ModuleState, ModuleStates } from '../../kubeproxy/kernel-state.ts';
import {
  byDryRun,
  MODULE_TRACES,
  parseAliasBlacklist,
  parseModuleBlacklist,
  parseModulesBuiltin,
  withoutDryRun,
  type DryRun,
  type ModuleEvidence,
} from '../../kubeproxy/module-evidence.ts';
import { derive, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { linesOf } from './lines.ts';

export type ModuleTexts = {
  readonly procModules: Known<string>;
  readonly builtin: Known<string>;
  /** A dry run for each module, in sections. */
  readonly modprobe: Known<string>;
  /** Paths that exist, of /proc/modules and MODULE_TRACES. */
  readonly existing: Known<ReadonlySet<string>>;
  /** /proc/cmdline. */
  readonly commandLine: Known<string>;
  /** `blacklist` lines of modprobe.d. */
  readonly blacklist: Known<string>;
  /** kernel.modules_disabled; undefined where there is no such sysctl. */
  readonly modulesDisabled: Known<string | undefined>;
};

/** Names with underscores. */
export function moduleStates(names: readonly string[], texts: ModuleTexts): ModuleStates {
  const evidence = evidenceOf(texts);
  const dryRuns = valueOr(derive([texts.modprobe], dryRunsOf), new Map<string, DryRun>());
  const stateOf = (name: string): ModuleState => {
    const run = dryRuns.get(name);
    return (
      withoutDryRun(name, evidence) ??
      (run === undefined ? { kind: 'unknown', reason: whyUnknown(texts) } : byDryRun(name, run, evidence))
    );
  };
  return Object.fromEntries(names.map((name) => [name, stateOf(name)]));
}

/** What was not seen is no evidence. */
function evidenceOf({ procModules, builtin, existing, commandLine, blacklist, ...texts }: ModuleTexts): ModuleEvidence {
  const line = valueOr(commandLine, '');
  const traces = MODULE_TRACES.filter(({ path }) => existing.known && existing.value.has(path));
  return {
    loaded: firstWords(valueOr(procModules, '')),
    builtIn: builtin.known ? parseModulesBuiltin(builtin.value) : undefined,
    present: new Set(traces.map(({ module }) => module)),
    refused: parseModuleBlacklist(line),
    withoutAliases: parseAliasBlacklist(line, valueOr(blacklist, '')),
    loading: loadingOf(existing, texts.modulesDisabled),
  };
}

function loadingOf(
  existing: ModuleTexts['existing'],
  disabled: ModuleTexts['modulesDisabled'],
): ModuleEvidence['loading'] {
  if (existing.known && !existing.value.has('/proc/modules')) return 'unsupported';
  return disabled.known && disabled.value === '1' ? 'disabled' : 'possible';
}

function whyUnknown({ procModules, modprobe }: ModuleTexts): string {
  if (!modprobe.known) return modprobe.why;
  return procModules.known ? 'it was not asked for' : procModules.why;
}

/** `== ip_vs`, what modprobe printed, `rc 0`. */
function dryRunsOf(text: string): ReadonlyMap<string, DryRun> {
  const runs = new Map<string, DryRun>();
  let name: string | undefined;
  let lines: string[] = [];
  for (const line of linesOf(text)) {
    const end = /^rc ([0-9]+)$/.exec(line);
    if (line.startsWith('== ')) {
      name = line.slice(3);
      lines = [];
    } else if (end !== null && name !== undefined) runs.set(name, { code: Number(end[1]), lines });
    else lines.push(line.trim());
  }
  return runs;
}

function firstWords(text: string): ReadonlySet<string> {
  return new Set(linesOf(text).map((line) => line.split(' ', 1)[0] ?? ''));
}
