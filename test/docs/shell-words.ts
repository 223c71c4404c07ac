// The few words of sh that commands in documents need: quotes and comments. Whatever a shell would expand, join or redirect is refused, so
// that nothing is run here otherwise than there.

const WORD = /\s+|((?:'[^']*'|"[^"$`\\]*"|[^\s'"|&;<>$`(){}*?~\\#])+)|(#.*)$/y;

/** One list of words for each command, in their order. Throws where it would take a shell to know what is meant. */
export function commandsIn(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map(wordsOf)
    .filter((words) => words.length > 0);
}

function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < line.length) {
    const at = WORD.lastIndex;
    const found = WORD.exec(line);
    if (found === null) throw new Error(`only a shell can read ${line.slice(at)}: mark the block with its reason`);
    if (found[1] !== undefined) words.push(found[1].replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return words;
}
