// Words of a line, with what stands in double quotes kept together; `\\"` and `\\\\` inside quotes as iptables-save writes them.

export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    const quote = line.indexOf('"', at);
    pushPlain(words, line.slice(at, quote < 0 ? undefined : quote));
    if (quote < 0) break;
    const end = endOfQuote(line, quote + 1);
    const text = line.slice(quote + 1, end);
    words.push(text.includes('\\') ? text.replaceAll(/\\(.)/gs, '$1') : text);
    at = end + 1;
  }
  return words;
}

function pushPlain(words: string[], text: string): void {
  for (const word of text.split(' ')) if (word !== '') words.push(word);
}

/** Of the closing quote; of the end of the line where there is none. */
function endOfQuote(line: string, start: number): number {
  let end = line.indexOf('"', start);
  while (end > 0 && isEscaped(line, end, start)) end = line.indexOf('"', end + 1);
  return end < 0 ? line.length : end;
}

function isEscaped(line: string, at: number, start: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes >= start && line[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}
