// Words of a line, with what stands in double quotes kept together; `\"` and `\\` inside quotes as iptables-save writes them.

export function wordsOf(line: string): string[] {
  return line.includes('"') ? quotedWords(line) : line.split(' ').filter((word) => word !== '');
}

const QUOTED = /"((?:[^"\\]|\\.)*)"?|[^\s"]+/gs;

function quotedWords(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(QUOTED)) {
    words.push(match[1] === undefined ? match[0] : match[1].replaceAll(/\\(.)/gs, '$1'));
  }
  return words;
}
