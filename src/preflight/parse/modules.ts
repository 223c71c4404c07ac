// Of each kernel module: is it there, and if not, can it be loaded? From /proc/modules, modules.builtin and a dry run of modprobe.
import type { ModuleState, ModuleStates } from '../../kubeproxy/kernel-state.ts';
import { derive, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { linesOf } from './lines.ts';

export type ModuleTexts = {
  readonly procModules: Known<string>;
  readonly builtin: Known<string>;
  readonly modprobe: Known<string>;
  /** Modules whose files in /proc exist, of those that have such files (`detectable`). */
  readonly present: Known<readonly string[]>;
  readonly detectable: readonly string[];
  /** False: the kernel was built without loadable modules. */
  readonly loadable: Known<boolean>;
};

type Trial = { readonly code: number; readonly lines: readonly string[] };

/** Names with underscores. */
export function moduleStates(names: readonly string[], texts: ModuleTexts): ModuleStates {
  const loaded = valueOr(derive([texts.procModules], firstWords), new Set<string>());
  const builtIn = valueOr(derive([texts.builtin], fileNames), undefined);
  const trials = valueOr(derive([texts.modprobe], trialsOf), new Map<string, Trial>());
  const stateOf = (name: string): ModuleState => {
    if (loaded.has(name)) return { kind: 'loaded' };
    if (builtIn?.has(name) === true) return { kind: 'builtIn' };
    const trial = trials.get(name);
    return (
      byFiles(name, texts) ??
      (trial === undefined ? { kind: 'unknown', reason: whyUnknown(texts) } : ofTrial(trial, builtIn === undefined))
    );
  };
  return Object.fromEntries(names.map((name) => [name, stateOf(name)]));
}

/** A file in /proc proves that its module is there. That it is missing proves something only where nothing can be loaded. */
function byFiles(name: string, { present, detectable, loadable }: ModuleTexts): ModuleState | undefined {
  if (present.known && present.value.includes(name)) return { kind: 'builtIn' };
  if (!loadable.known || loadable.value) return undefined;
  const none = 'the kernel has no loadable modules';
  return detectable.includes(name)
    ? { kind: 'missing', reason: `not built in, and ${none}` }
    : { kind: 'unknown', reason: `${none}; what is built in cannot be seen` };
}

function ofTrial({ code, lines }: Trial, builtInUnseen: boolean): ModuleState {
  // `install ip_vs /bin/false` in modprobe.d: a dry run succeeds and prints the command that would be run instead.
  const install = lines.find((line) => /^install\s+\/(?:usr\/)?s?bin\/(?:false|true|echo)\b/.test(line));
  if (install !== undefined) return { kind: 'missing', reason: `blocked in modprobe.d: ${install}` };
  const command = lines.find((line) => line.startsWith('install '));
  if (command !== undefined)
    return { kind: 'unknown', reason: `modprobe.d runs a command instead of loading it: ${command.slice(0, 200)}` };
  if (code === 0) {
    // A module that is part of the kernel gives no line; without modules.builtin it cannot be told from one that is loadable.
    return lines.some((line) => line.startsWith('insmod')) || builtInUnseen
      ? { kind: 'loadable' }
      : { kind: 'builtIn' };
  }
  if (code === 127) return { kind: 'unknown', reason: 'modprobe is missing' };
  return { kind: 'missing', reason: lines.at(-1)?.slice(0, 200) ?? `modprobe -n ended with ${code}` };
}

function whyUnknown({ procModules, modprobe }: ModuleTexts): string {
  if (!modprobe.known) return modprobe.why;
  return procModules.known ? 'it was not asked for' : procModules.why;
}

function trialsOf(text: string): ReadonlyMap<string, Trial> {
  const trials = new Map<string, Trial>();
  let name: string | undefined;
  let lines: string[] = [];
  for (const line of linesOf(text)) {
    const end = /^rc ([0-9]+)$/.exec(line);
    if (line.startsWith('== ')) {
      name = line.slice(3);
      lines = [];
    } else if (end !== null && name !== undefined) trials.set(name, { code: Number(end[1]), lines });
    else lines.push(line);
  }
  return trials;
}

function firstWords(text: string): ReadonlySet<string> {
  return new Set(linesOf(text).map((line) => line.split(' ', 1)[0] ?? ''));
}

/** kernel/net/netfilter/ipvs/ip_vs.ko → ip_vs. */
function fileNames(text: string): ReadonlySet<string> {
  const names = linesOf(text).map((path) => path.slice(path.lastIndexOf('/') + 1).replace(/\.ko(\.\w+)?$/, ''));
  return new Set(names.map((name) => name.replaceAll('-', '_')));
}
