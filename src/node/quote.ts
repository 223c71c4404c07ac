// The only place where a word becomes shell text.

/** POSIX: within single quotes every byte stands for itself, but for the quote. Throws on NUL, which no word can hold. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('a word with a NUL cannot be given to a program');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
