// `sh -s` with a script that is a list of `run '<id>' '<word>'…` lines between marks: how the operator looks at a node in
// one round trip. The simulation is no shell: it takes the words out of the quotes and answers each command by its id, or
// as the program would.
import type { Place, Run } from './machine-commands.ts';
import { runCommand } from './machine-commands.ts';
import { probed } from './machine-probe.ts';

const MARK = /^ {2}echo "([A-Za-z0-9]+) begin \$id"/m;

/** undefined: not such a script. */
export function runBatchScript(place: Place, script: string): Run | undefined {
  const mark = MARK.exec(script)?.[1];
  if (mark === undefined) return undefined;
  let stdout = '';
  let stderr = '';
  for (const [id = '', ...words] of commandsOf(script)) {
    const missing: Run = { code: 127, stdout: '', stderr: `sh: 1: ${words[0] ?? ''}: not found\n` };
    const run = probed(place, id, words) ?? runCommand(place, words, '') ?? missing;
    stdout += `${mark} begin ${id}\n${run.stdout}\n${mark} end ${id} ${run.code}\n`;
    stderr += `${mark} begin ${id}\n${run.stderr}\n${mark} end ${id} ${run.code}\n`;
  }
  return { code: 0, stdout, stderr };
}

const WORD = /'((?:[^']|'\\'')*)'(?= |\n)/y;

function commandsOf(script: string): string[][] {
  const commands: string[][] = [];
  let at = script.indexOf('\nrun ');
  while (at !== -1) {
    const words: string[] = [];
    at += '\nrun '.length;
    for (WORD.lastIndex = at; ; WORD.lastIndex = at) {
      const word = WORD.exec(script);
      if (word === null) break;
      words.push((word[1] ?? '').replaceAll("'\\''", "'"));
      at = WORD.lastIndex;
      if (script[at] === '\n') break;
      at += 1;
    }
    commands.push(words);
    at = script.startsWith('\nrun ', at) ? at : script.indexOf('\nrun ', at);
  }
  return commands;
}
