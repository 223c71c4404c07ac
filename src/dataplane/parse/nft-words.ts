// A cursor over the words of nft's text form. Braces and commas are words of their own; quoted text is one word with its quotes.

const WORD = /"[^"]*"|[{},;]|[^\s{},;"]+/g;

export type Words = { readonly all: readonly string[]; at: number };

export function wordsIn(text: string): Words {
  return { all: text.match(WORD) ?? [], at: 0 };
}

export function ended(words: Words): boolean {
  return words.at >= words.all.length;
}

/** '' behind the end. */
export function peek(words: Words, ahead = 0): string {
  return words.all[words.at + ahead] ?? '';
}

export function take(words: Words): string {
  const word = peek(words);
  words.at += 1;
  return word;
}

/** Takes the word if it is this one. */
export function takeIf(words: Words, word: string): boolean {
  if (peek(words) !== word) return false;
  words.at += 1;
  return true;
}

/** What stands between `{` and `}`, split at commas; a single word when there is no brace. */
export function takeList(words: Words): readonly (readonly string[])[] {
  if (!takeIf(words, '{')) return [[take(words)]];
  const items: string[][] = [[]];
  while (!ended(words) && !takeIf(words, '}')) {
    const word = take(words);
    if (word === ',') items.push([]);
    else items.at(-1)?.push(word);
  }
  return items.filter((item) => item.length > 0);
}

export function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1) : word;
}
