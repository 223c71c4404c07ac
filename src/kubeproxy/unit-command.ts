// The command line with which systemd will start kube-proxy next: ExecStart of the unit, with the variables of its options
// files put in. Every character still knows the file it comes from.
import { parseEnvironmentFile } from './environment-file.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { charsOf, splitWords, textOf } from './systemd-words.ts';
import type { Word } from './systemd-words.ts';
import { parseUnitFile } from './unit-file.ts';

/** What is read from a node: the unit's full name, what `systemctl cat` prints, and the options files, by path; undefined when missing. */
export type UnitTexts = {
  readonly name: string;
  readonly unit: string;
  readonly files: ReadonlyMap<string, string | undefined>;
};

/** A variable that stands for whole words, `$NAME`, and the place where words can be added to it. */
export type Slot = { readonly name: string; readonly file: string; readonly end: number; readonly empty: boolean };

export type UnitCommand = {
  readonly kind: 'command';
  readonly program: string;
  /** Arguments, without the program. */
  readonly args: readonly Word[];
  readonly slots: readonly Slot[];
};

type Variable = { readonly value: Word; readonly file?: string; readonly end?: number };
type Environment = ReadonlyMap<string, Variable>;

/** Never throws. Refused: what systemd would refuse, and several commands. */
export function unitCommand(texts: UnitTexts): UnitCommand | Problem {
  const { execStart } = parseUnitFile(texts.unit, texts.name);
  const line = execStart[0];
  if (line === undefined || execStart.length > 1)
    return problem(`${texts.name} has ${execStart.length} ExecStart lines; exactly one is understood.`);
  const written = splitWords(charsOf(line), 'unit');
  if (written === undefined) return problem(`${texts.name} has an ExecStart line whose quotes do not close.`);
  if (written.some((word) => textOf(word) === ';'))
    return problem(`${texts.name} has several commands in one ExecStart line; exactly one is understood.`);
  const environment = readEnvironment(texts);
  return 'kind' in environment ? environment : expandLine(written, environment, texts.name);
}

/** The first word may begin with `@` (the next word is argv[0]), `:` (no variables), `-`, `+`, `!` (systemd.service(5)). */
function expandLine(written: readonly Word[], environment: Environment, name: string): UnitCommand | Problem {
  const [, prefix = '', program = ''] = /^([-@:+!|]*)(.*)$/s.exec(textOf(written[0] ?? [])) ?? [];
  if (program === '') return problem(`${name} has an ExecStart line without a program.`);
  const rest = written.slice(prefix.includes('@') ? 2 : 1);
  if (prefix.includes(':')) return { kind: 'command', program, args: rest, slots: [] };
  return {
    kind: 'command',
    program,
    args: rest.flatMap((word) => expandWord(word, environment)),
    slots: rest.flatMap((word) => slotOf(word, environment)),
  };
}

function readEnvironment({ name, unit, files }: UnitTexts): Environment | Problem {
  const parsed = parseUnitFile(unit, name);
  const found = new Map<string, Variable>();
  for (const word of parsed.environment.flatMap((line) => splitWords(charsOf(line), 'unit') ?? [])) {
    const equals = word.findIndex(({ char }) => char === '=');
    if (equals > 0) found.set(textOf(word.slice(0, equals)), { value: word.slice(equals + 1) });
  }
  for (const { path, optional } of parsed.environmentFiles) {
    if (/[*?[]/.test(path))
      return problem(`${name} names its options files by the pattern ${path}. Name the file in EnvironmentFile=.`);
    const text = files.get(path);
    if (text === undefined) {
      if (optional) continue;
      return problem(`${name} needs ${path}, which does not exist or cannot be read: its next start would fail.`);
    }
    const assignments = parseEnvironmentFile(text, path);
    if ('kind' in assignments) return assignments;
    for (const { name: variable, value, end } of assignments) found.set(variable, { value, file: path, end });
  }
  return found;
}

/** `$NAME` as a word of its own, which becomes any number of words. */
function wholeVariable(word: Word): string | undefined {
  const text = textOf(word);
  return text.startsWith('$') && !/^\$[{$]/.test(text) ? text.slice(1) : undefined;
}

/** replace_env_argv() of src/basic/env-util.c: `$NAME` alone is split into words, `${NAME}` is put in as it is, `$$` is a dollar. */
function expandWord(word: Word, environment: Environment): readonly Word[] {
  const name = wholeVariable(word);
  if (name !== undefined) return splitWords(environment.get(name)?.value ?? [], 'variable') ?? [];
  const text = textOf(word);
  const out: Word[number][] = [];
  let at = 0;
  for (const match of text.matchAll(/\$\$|\$\{([^}]*)\}/g)) {
    out.push(...word.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[1] === undefined) out.push(...word.slice(at - 1, at));
    else out.push(...(environment.get(match[1])?.value ?? []));
  }
  return [[...out, ...word.slice(at)]];
}

function slotOf(word: Word, environment: Environment): readonly Slot[] {
  const name = wholeVariable(word);
  const { value, file, end } = environment.get(name ?? '') ?? {};
  if (name === undefined || value === undefined || file === undefined || end === undefined) return [];
  return [{ name, file, end, empty: value.length === 0 }];
}
