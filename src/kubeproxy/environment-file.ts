// The options file of a kube-proxy under systemd: EnvironmentFile= of its unit (kube-proxy.conf, /etc/sysconfig/kube-proxy,
// /etc/default/kube-proxy), read by the rules of systemd and not of a shell.
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Char, Word } from './systemd-words.ts';

export type Assignment = {
  readonly name: string;
  /** Without quotes; escaped line breaks are gone. */
  readonly value: Word;
  /** Where text can be put in so that it stands at the end of the value, inside the quotes it ends with. */
  readonly end: number;
};

/** Bounds what a hostile file can cost. */
const MAX_CHARS = 262_144;

const NEWLINE = /[\n\r]/;
const BLANK = /[ \t\n\r]/;
/** Inside double quotes a backslash counts before these only (SHELL_NEED_ESCAPE of src/basic/escape.h). */
const ESCAPABLE = /["\\`$]/;
/** env_name_is_valid() of src/basic/env-util.c; other names are dropped. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * parse_env_file_internal() of src/basic/env-file.c, in the order of the file; a name may come twice, the last one counts.
 * Refused: a comment that ends with a backslash, which hides the next line up to systemd 253 and does not from 254 on.
 */
export function parseEnvironmentFile(text: string, file: string): readonly Assignment[] | Problem {
  if (text.length > MAX_CHARS)
    return problem(`${file} has ${text.length} characters; more than ${MAX_CHARS} are not read.`);
  const found: Assignment[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (BLANK.test(char)) at += 1;
    else if (char === '#' || char === ';') {
      const end = lineEnd(text, at);
      if (text.charAt(end - 1) === '\\') return hidden(text, at, file);
      at = end;
    } else at = readAssignment(text, at, file, found);
  }
  return found;
}

function hidden(text: string, at: number, file: string): Problem {
  const line = text.slice(0, at).split('\n').length;
  return problem(
    `${file}, line ${line}: a comment that ends with a backslash hides the next line from systemd up to 253, but not from 254 on. Remove the backslash.`,
    line,
  );
}

function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !NEWLINE.test(text.charAt(at))) at += 1;
  return at;
}

/** Reads `NAME=value` from `start` on, and answers where it ends. A line without `=` is passed over. */
function readAssignment(text: string, start: number, file: string, found: Assignment[]): number {
  // Whatever comes first is part of the name, even a `=`.
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '=' && !NEWLINE.test(text.charAt(at))) at += 1;
  if (text.charAt(at) !== '=') return at;
  const name = text.slice(start, at).trimEnd();
  const { value, end, next } = readValue(text, at + 1, file);
  if (NAME.test(name)) found.push({ name, value, end });
  return next;
}

type Take = (index: number) => void;
type Value = { readonly value: Word; readonly end: number; readonly next: number };

/** Quoted pieces, which are joined, and after them an unquoted one up to the end of the line. */
function readValue(text: string, start: number, file: string): Value {
  const value: Char[] = [];
  const take: Take = (index) => void value.push({ char: text.charAt(index), file, at: index });
  let empty = start;
  let at = skipBlanks(text, start);
  while (text.charAt(at) === '"' || text.charAt(at) === "'") {
    if (value.length === 0) empty = at + 1;
    at = skipBlanks(text, readQuoted(text, at, take));
  }
  if (at < text.length && !NEWLINE.test(text.charAt(at))) at = readPlain(text, at, value, take);
  const last = value.at(-1);
  return { value, end: last === undefined ? empty : last.at + 1, next: at };
}

/** Not over line breaks. */
function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at += 1;
  return at;
}

/** From one quote to the next of its kind, over line breaks; answers the place behind it. An open quote ends with the file. */
function readQuoted(text: string, start: number, take: Take): number {
  const quote = text.charAt(start);
  let at = start + 1;
  for (; at < text.length && text.charAt(at) !== quote; at++) {
    const isEscape = quote === '"' && text.charAt(at) === '\\';
    if (isEscape) at += 1;
    // An escaped line break is gone; a needless backslash stays.
    if (at >= text.length || (isEscape && text.charAt(at) === '\n')) continue;
    if (isEscape && !ESCAPABLE.test(text.charAt(at))) take(at - 1);
    take(at);
  }
  return at + 1;
}

/** Up to the end of the line; white space before it does not belong to the value, unless it is escaped. */
function readPlain(text: string, start: number, value: Char[], take: Take): number {
  let kept = value.length;
  let at = start;
  for (; at < text.length && !NEWLINE.test(text.charAt(at)); at++) {
    const isEscape = text.charAt(at) === '\\';
    if (isEscape) at += 1;
    if (at < text.length && !(isEscape && NEWLINE.test(text.charAt(at)))) take(at);
    if (isEscape || !BLANK.test(text.charAt(at))) kept = value.length;
  }
  value.length = kept;
  return at;
}
