// The commands a container of the kube-proxy image can run on a simulated node: those of the distroless image that look at
// or change the node, no others. No `mv`, `ls`, `sysctl` or `tee`: the image has none.
import type { ContainerView } from './container-view.ts';
import type { Machine } from './machine.ts';
import { modprobe } from './machine-modprobe.ts';
import type { Mode } from './modes.ts';

export type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Place = {
  readonly machine: Machine;
  readonly view: ContainerView;
  /** All modes with rules in the kernel. */
  readonly rules: () => readonly Mode[];
};

type Command = (place: Place, words: readonly string[], stdin: string) => Run;

const COMMANDS: Readonly<Record<string, Command>> = {
  cat,
  chmod: (place, words) =>
    each(words.slice(1), (path) => (fileAt(place, path) === undefined ? missing('chmod', path) : '')),
  grep,
  ln,
  modprobe,
  rm: (place, words) => each(plainWords(words), (path) => remove(place, path)),
  sh,
};

/** undefined when there is no such program in the image. */
export function runCommand(place: Place, command: readonly string[], stdin: string): Run | undefined {
  const [program = '', ...words] = command;
  return COMMANDS[program.replace(/^(\/usr)?\/s?bin\//, '')]?.(place, words, stdin);
}

export function ok(stdout: string): Run {
  return { code: 0, stdout, stderr: '' };
}

function fileAt({ machine, view }: Place, path: string): string | undefined {
  const place = view.locate(path);
  return place && machine.read(place.path);
}

function plainWords(words: readonly string[]): readonly string[] {
  return words.filter((word) => !word.startsWith('-'));
}

function missing(program: string, path: string): string {
  return `${program}: ${path}: No such file or directory\n`;
}

/** Complaints about some of the operands do not keep a command from the others. */
function each(paths: readonly string[], act: (path: string) => string): Run {
  const stderr = paths.map(act).join('');
  return { code: stderr === '' ? 0 : 1, stdout: '', stderr };
}

function cat(place: Place, words: readonly string[], stdin: string): Run {
  const paths = plainWords(words);
  if (paths.length === 0) return ok(stdin);
  const texts = paths.map((path) => ({ path, text: fileAt(place, path) }));
  const stderr = texts.map(({ path, text }) => (text === undefined ? missing('cat', path) : '')).join('');
  return { code: stderr === '' ? 0 : 1, stdout: texts.map(({ text }) => text ?? '').join(''), stderr };
}

/** `grep -rH '' <path>…`, which prints whole files, each line with its file's name before it. */
function grep(place: Place, words: readonly string[]): Run {
  const operands = words.filter((word) => word === '' || !word.startsWith('-'));
  const [pattern, ...paths] = operands;
  if (pattern !== '') return { code: 2, stdout: '', stderr: 'grep: this simulation knows the empty pattern only\n' };
  const files = paths.map((path) => ({ path, files: filesBelow(place, path) }));
  const lines = files
    .flatMap((entry) => entry.files ?? [])
    .flatMap(([path, text]) => linesOf(text).map((line) => `${path}:${line}\n`));
  const stderr = files.map((entry) => (entry.files === undefined ? missing('grep', entry.path) : '')).join('');
  if (stderr !== '') return { code: 2, stdout: lines.join(''), stderr };
  return { code: lines.length > 0 ? 0 : 1, stdout: lines.join(''), stderr };
}

function linesOf(text: string): readonly string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** The file itself, or all below a directory, by the names the container has for them. */
function filesBelow(place: Place, path: string): readonly (readonly [string, string])[] | undefined {
  const located = place.view.locate(path);
  if (located === undefined) return undefined;
  const text = place.machine.read(located.path);
  if (text !== undefined) return text === '' ? [] : [[path, text]];
  return place.machine
    .list(located.path)
    ?.map((file) => [path + file.slice(located.path.length), place.machine.read(file) ?? ''] as const)
    .filter(([, content]) => content !== '');
}

/** The one line of shell anybody needs here: there is no other way to write into a file. */
function sh(place: Place, words: readonly string[]): Run {
  const [flag, script = '', , path = '', text = ''] = words;
  const format = /^printf (%s|"%s\\n"|'%s\\n') "\$2" ?> ?"\$1"$/.exec(script)?.[1];
  if (flag !== '-c' || format === undefined) return { code: 127, stdout: '', stderr: `sh: 1: ${script}: not found\n` };
  return write(place, path, format === '%s' ? text : `${text}\n`);
}

function write({ machine, view }: Place, path: string, text: string): Run {
  const located = view.locate(path);
  const refuse = (why: string): Run => ({ code: 2, stdout: '', stderr: `sh: 1: cannot create ${path}: ${why}\n` });
  if (located === undefined || !located.writable) return refuse('Read-only file system');
  return machine.write(located.path, text) ? ok('') : refuse('Directory nonexistent');
}

function remove({ machine, view }: Place, path: string): string {
  const located = view.locate(path);
  if (located === undefined || !located.writable) return `rm: cannot remove '${path}': Read-only file system\n`;
  machine.remove(located.path);
  return '';
}

/** `ln -f <from> <to>`: a second name for the file; as everybody removes the first, a copy will do. */
function ln(place: Place, words: readonly string[]): Run {
  const [from = '', to = ''] = plainWords(words);
  const text = fileAt(place, from);
  return text === undefined ? { code: 1, stdout: '', stderr: missing('ln', from) } : write(place, to, text);
}
