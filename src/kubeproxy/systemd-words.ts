// Words as systemd takes text apart: a command line of a unit, or the value of a variable named there. Every character
// remembers the byte it was written with, so that one word of an options file can be changed without touching the rest.

/** One character of a text, and where it stands. `file` is undefined for text that is in no options file. */
export type Char = { readonly char: string; readonly file: string | undefined; readonly at: number };
export type Word = readonly Char[];

export function charsOf(text: string, file?: string): Word {
  return Array.from({ length: text.length }, (_, at) => ({ char: text.charAt(at), file, at }));
}

export function textOf(chars: Word): string {
  return chars.map(({ char }) => char).join('');
}

/** `unit`: quotes and C escapes, as in ExecStart. `variable`: quotes, and a backslash before any character, as for `$NAME`. */
export type Escapes = 'unit' | 'variable';

const BLANK = /[ \t\n\r]/;

/**
 * extract_first_word() of src/basic/extract-word.c, until the text ends. undefined for a unit's line whose quotes do not
 * close: systemd ignores that line. In a variable an open quote ends with the text (EXTRACT_RELAX).
 */
export function splitWords(chars: Word, escapes: Escapes): readonly Word[] | undefined {
  const words: Word[] = [];
  let at = skipBlanks(chars, 0);
  while (at < chars.length) {
    const { word, next, open } = readWord(chars, at, escapes);
    if (open && escapes === 'unit') return undefined;
    words.push(word);
    at = skipBlanks(chars, next);
  }
  return words;
}

function skipBlanks(chars: Word, from: number): number {
  let at = from;
  while (at < chars.length && BLANK.test(chars[at]?.char ?? '')) at += 1;
  return at;
}

type Reading = { readonly word: Word; readonly next: number; /** A quote does not close. */ readonly open: boolean };

function readWord(chars: Word, start: number, escapes: Escapes): Reading {
  const word: Char[] = [];
  let quote = '';
  let at = start;
  for (; at < chars.length; at++) {
    const char = chars[at]?.char ?? '';
    if (quote === '' && BLANK.test(char)) break;
    const isQuote = quote === '' ? char === '"' || char === "'" : char === quote;
    if (isQuote) quote = quote === '' ? char : '';
    else at += takeOne(chars, at, escapes, word);
  }
  return { word, next: at, open: quote !== '' };
}

/** Adds what stands at `index` to the word; answers how many characters more than one that took. */
function takeOne(chars: Word, index: number, escapes: Escapes, word: Char[]): number {
  const [one, next] = chars.slice(index, index + 2);
  if (one === undefined) return 0;
  if (one.char !== '\\') {
    word.push(one);
    return 0;
  }
  if (next === undefined) {
    // At the very end a unit's line keeps its backslash, a variable drops it.
    if (escapes === 'unit') word.push(one);
    return 0;
  }
  if (escapes === 'variable') {
    word.push(next);
    return 1;
  }
  const { stands, length } = unescape(textOf(chars.slice(index + 1, index + 10)));
  // Escapes that systemd does not know are kept as they are written.
  if (stands === undefined) word.push(one, next);
  else for (const char of stands.split('')) word.push({ ...next, char });
  return length;
}

const NAMED: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

type Escape = { readonly stands: string | undefined; readonly length: number };

/** cunescape_one() of src/basic/escape.c; `text` begins behind the backslash: \x41, \101, \u0041, \U00000041. */
function unescape(text: string): Escape {
  const named = NAMED[text.charAt(0)];
  if (named !== undefined) return { stands: named, length: 1 };
  const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(text);
  const octal = /^[0-3][0-7]{2}/.exec(text);
  const code = hex === null ? Number.parseInt(octal?.[0] ?? '', 8) : Number.parseInt(hex[0].slice(1), 16);
  if (Number.isNaN(code) || code > 0x10_ff_ff) return { stands: undefined, length: 1 };
  return { stands: String.fromCodePoint(code), length: (hex ?? octal)?.[0].length ?? 1 };
}
