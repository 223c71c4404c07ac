// What could be typed next, from the program's own description of its commands and flags. Pure.
import type { Command, Option } from 'commander';

export type Suggestion = { readonly word: string; readonly what: string };

export type Wanted =
  | { readonly kind: 'words'; readonly words: readonly Suggestion[] }
  /** Asked for in the cluster, or in the kubeconfig. */
  | { readonly kind: 'migrations' | 'nodes' | 'contexts' }
  | { readonly kind: 'files' };

const NOTHING: Wanted = { kind: 'words', words: [] };

/** `words`: what stands after `kubectl proxymode`; the last one is the one that is being typed, '' when none is begun. */
export function wantedAt(program: Command, words: readonly string[]): Wanted {
  const typed = words.at(-1) ?? '';
  const { command, open, given } = readWords(program, words.slice(0, -1));
  if (open !== undefined) return valueOf(open);
  const [flag = '', value] = typed.split('=', 2);
  if (flag.startsWith('-') && value !== undefined) {
    const option = optionOf(command, flag);
    return option === undefined ? NOTHING : withFlag(valueOf(option), flag);
  }
  if (typed.startsWith('-')) return { kind: 'words', words: flags(command) };
  return command === program ? { kind: 'words', words: commands(program) } : argumentOf(command, given);
}

type Read = {
  readonly command: Command;
  /** A flag that still waits for its value. */
  readonly open: Option | undefined;
  /** How many arguments the command has been given. */
  readonly given: number;
};

function readWords(program: Command, words: readonly string[]): Read {
  let command = program;
  let open: Option | undefined;
  let given = 0;
  for (const word of words) {
    if (open !== undefined) open = undefined;
    else if (word.startsWith('-')) {
      const option = word.includes('=') ? undefined : optionOf(command, word);
      open = option?.required === true ? option : undefined;
    } else if (command === program) command = program.commands.find((one) => one.name() === word) ?? program;
    else given++;
  }
  return { command, open, given };
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => flag === long || flag === short);
}

const VALUES: Readonly<Record<string, Wanted>> = {
  kubeconfig: { kind: 'files' },
  file: { kind: 'files' },
  filename: { kind: 'files' },
  record: { kind: 'files' },
  from: { kind: 'files' },
  'from-dir': { kind: 'files' },
  api: { kind: 'files' },
  context: { kind: 'contexts' },
  node: { kind: 'nodes' },
  migration: { kind: 'migrations' },
};

function valueOf(option: Option): Wanted {
  if (option.argChoices !== undefined)
    return { kind: 'words', words: option.argChoices.map((word) => ({ word, what: '' })) };
  return VALUES[option.name()] ?? NOTHING;
}

/** Bash gets the whole word back, the flag included. */
function withFlag(wanted: Wanted, flag: string): Wanted {
  if (wanted.kind !== 'words') return wanted;
  return { kind: 'words', words: wanted.words.map(({ word, what }) => ({ word: `${flag}=${word}`, what })) };
}

function argumentOf(command: Command, given: number): Wanted {
  switch (command.registeredArguments[given]?.name()) {
    case 'migration':
      return { kind: 'migrations' };
    case 'node':
      return { kind: 'nodes' };
    default:
      return NOTHING;
  }
}

function commands(program: Command): readonly Suggestion[] {
  return program.commands.map((one) => ({ word: one.name(), what: one.summary() || one.description() }));
}

function flags(command: Command): readonly Suggestion[] {
  const own = command.options.map(({ long, description }) => ({ word: long ?? '', what: description }));
  return [...own, { word: '--help', what: 'print help' }].filter(({ word }) => word !== '');
}
