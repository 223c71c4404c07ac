// A kube-proxy without --config has one knob: --proxy-mode in the options file of its unit. That one flag is edited; comments,
// quotes and continuation lines keep every byte.
import { PROXY_MODES, type ProxyMode } from '../api/fields.ts';
import type { Edit } from './config-edit.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { flagText, flagValue } from './proxy-flags.ts';
import type { FlagValue } from './proxy-flags.ts';
import { textOf } from './systemd-words.ts';
import { kubeProxyArgs } from './unit-program.ts';
import { unitCommand } from './unit-command.ts';
import type { Slot, UnitTexts } from './unit-command.ts';
import { applySplice } from './yaml-layout.ts';
import type { Splice } from './yaml-layout.ts';

const WHY = 'The target mode.';

/** Where --proxy-mode is, or could be added. */
type Knob = { readonly file: string; readonly splice: (mode: string) => Splice };

/** The options file that holds the mode, for a kube-proxy without --config. Refused, with what to do: no file that could hold it. */
export function optionsFile(texts: UnitTexts): { readonly kind: 'options'; readonly file: string } | Problem {
  const knob = findKnob(texts);
  return 'kind' in knob ? knob : { kind: 'options', file: knob.file };
}

/**
 * The text of `optionsFile(texts).file` with another mode. The command line is read again from the result: if anything but the
 * mode is different in it, nothing is edited. The same edit on the result changes nothing. Never throws.
 */
export function editOptions(texts: UnitTexts, mode: ProxyMode): Edit | Problem {
  const before = argsOf(texts);
  if ('kind' in before) return before;
  const from = flagText(before, 'proxy-mode') ?? '';
  const knob = findKnob(texts);
  if ('kind' in knob) return knob;
  const text = texts.files.get(knob.file) ?? '';
  if (from === mode) return { kind: 'edit', text, changes: [] };
  const edited = applySplice(text, knob.splice(mode));
  const after = argsOf({ ...texts, files: new Map(texts.files).set(knob.file, edited) });
  if ('kind' in after || !differsOnlyInMode(before.map(textOf), after.map(textOf), mode))
    return problem(
      `${knob.file} is written in a way in which --proxy-mode cannot be set without risk to the rest. Set it by hand, on a line of its own.`,
    );
  return { kind: 'edit', text: edited, changes: [{ path: '--proxy-mode', from, to: mode, why: WHY }] };
}

/** What --proxy-mode is; '' where it is not set. */
export function optionsMode(texts: UnitTexts): string | Problem {
  const args = argsOf(texts);
  return 'kind' in args ? args : (flagText(args, 'proxy-mode') ?? '');
}

/**
 * What `optionsFile(texts).file` may have been before an edit gave it another mode than `was`: one of these, byte for byte, if
 * nobody else wrote. Which one, its checksum tells: of a file that may hold secrets nothing else need be kept.
 */
export function beforeOptions(texts: UnitTexts, was: string): readonly string[] {
  const args = argsOf(texts);
  const knob = findKnob(texts);
  if ('kind' in args || 'kind' in knob) return [];
  const text = texts.files.get(knob.file) ?? '';
  const replaced = applySplice(text, knob.splice(was));
  const { word = [] } = flagValue(args, 'proxy-mode') ?? {};
  const [first, last] = [word[0], word.at(-1)];
  if (was !== '' || first === undefined || last === undefined) return [replaced];
  const without = (start: number): string => applySplice(text, { start, end: last.at + 1, text: '' });
  return [replaced, without(first.at), without(first.at - 1)];
}

/**
 * Takes the mode back in a file that somebody else has written to since: `was` is what it was before the migration, `mode` what
 * it was given. Only the flag goes back, and what was unset becomes `unsetMode`. Who gave the flag a third value is not overruled.
 */
export function revertOptions(
  texts: UnitTexts,
  was: string,
  { mode, unsetMode }: { readonly mode: ProxyMode; readonly unsetMode: ProxyMode },
): Edit | Problem {
  const now = optionsMode(texts);
  if (typeof now !== 'string') return now;
  const to = was === '' ? unsetMode : was;
  if (now !== mode && now !== to)
    return problem(
      `--proxy-mode was changed to ${JSON.stringify(now.slice(0, 100))} by somebody else during the migration. Set it to the mode the node shall run.`,
    );
  const known = PROXY_MODES.find((one) => one === to);
  if (known === undefined)
    return problem(
      `--proxy-mode was ${JSON.stringify(to.slice(0, 100))} before the migration, and the file has changed since. Set it by hand.`,
    );
  return editOptions(texts, known);
}

function argsOf(texts: UnitTexts): ReturnType<typeof kubeProxyArgs> {
  const command = unitCommand(texts);
  return command.kind === 'problem' ? command : kubeProxyArgs(command, texts.name);
}

function findKnob(texts: UnitTexts): Knob | Problem {
  const args = argsOf(texts);
  if ('kind' in args) return args;
  const command = unitCommand(texts);
  if (command.kind === 'problem') return command;
  const flag = flagValue(args, 'proxy-mode');
  return flag === undefined ? addition(texts, command.slots) : replacement(texts, flag);
}

function replacement({ name }: UnitTexts, { word, start }: FlagValue): Knob | Problem {
  const value = word.slice(start);
  const before = word[start - 1];
  const first = value[0] ?? (before && { ...before, at: before.at + 1 });
  const file = first?.file;
  if (first === undefined || file === undefined)
    return problem(
      `--proxy-mode stands in ${name} itself, which is not edited. Move kube-proxy's flags to a file named by EnvironmentFile=, or its settings to a file named by --config, and run systemctl daemon-reload.`,
    );
  const contiguous = value.every((one, index) => one.file === file && one.at === first.at + index);
  if (!contiguous)
    return problem(
      `--proxy-mode is put together from several pieces in ${file}. Write --proxy-mode=<mode> in one piece.`,
    );
  return { file, splice: (mode) => ({ start: first.at, end: first.at + value.length, text: mode }) };
}

/** kube-proxy's own variable before those it shares with other components, as in KUBE_LOGTOSTDERR, KUBE_MASTER, KUBE_PROXY_ARGS. */
const OWN = /PROXY/i;
const LIST = /(?:ARGS|OPTS|OPTIONS|FLAGS)$/i;

function addition({ name }: UnitTexts, slots: readonly Slot[]): Knob | Problem {
  const slot =
    slots.findLast((one) => OWN.test(one.name) && LIST.test(one.name)) ??
    slots.findLast((one) => LIST.test(one.name)) ??
    slots.at(-1);
  if (slot === undefined)
    return problem(
      `kube-proxy has neither --config nor --proxy-mode, and ${name} takes no options from a file. Give it a file named by --config, and run systemctl daemon-reload.`,
    );
  const { file, end, empty } = slot;
  return { file, splice: (mode) => ({ start: end, end, text: `${empty ? '' : ' '}--proxy-mode=${mode}` }) };
}

/** Word for word the same, but for the mode, or the flag that was added for it. */
function differsOnlyInMode(before: readonly string[], after: readonly string[], mode: ProxyMode): boolean {
  const rest = (words: readonly string[]): string =>
    JSON.stringify(words.filter((word, index) => !/^--proxy[-_]mode(?:=|$)/.test(word) && !isModeValue(words, index)));
  const last = after.findLast((word, index) => /^--proxy[-_]mode=/.test(word) || isModeValue(after, index));
  return rest(before) === rest(after) && last?.replace(/^--proxy[-_]mode=/, '') === mode;
}

function isModeValue(words: readonly string[], index: number): boolean {
  return /^--proxy[-_]mode$/.test(words[index - 1] ?? '');
}
