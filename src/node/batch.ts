// Many commands in one round trip. They travel as a script on standard input in which every word is quoted; what each of
// them printed comes back between marks that the node cannot know beforehand.
import { quote } from './quote.ts';
import type { NodeShell, ShellResult } from './shell.ts';

export type BatchCommand = { readonly id: string; readonly argv: readonly [string, ...string[]] };

export type BatchOutput = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type BatchResult =
  | {
      readonly kind: 'ran';
      /** By id. One that is missing did not come to its end, or its output was cut off. */
      readonly outputs: ReadonlyMap<string, BatchOutput>;
      /** It was more than `maxOutput`. */
      readonly truncated: boolean;
    }
  | Exclude<ShellResult, { readonly kind: 'exited' }>;

export type BatchOptions = {
  /** Not to be guessed by whoever writes the output: 16 characters or more, letters and digits. */
  readonly mark: string;
  /** Milliseconds for all of them. */
  readonly timeout: number;
  /** Bytes of stdout and of stderr, of all of them. */
  readonly maxOutput: number;
  readonly signal?: AbortSignal;
};

/** Runs them one after the other, whatever each comes to. A program that is not there has code 127. */
export async function runBatch(
  shell: NodeShell,
  commands: readonly BatchCommand[],
  { mark, timeout, maxOutput, signal }: BatchOptions,
): Promise<BatchResult> {
  if (!/^[A-Za-z0-9]{16,}$/.test(mark)) throw new Error('a batch needs a mark of letters and digits');
  const stdin = batchScript(commands, mark);
  const result = await shell.run({ argv: ['sh', '-s'], stdin, timeout, maxOutput }, signal);
  if (result.kind !== 'exited') return result;
  const stdout = sections(result.stdout, mark);
  const stderr = sections(result.stderr, mark);
  const outputs = [...stdout].flatMap(([id, { text, code }]) =>
    code === undefined ? [] : [[id, { code, stdout: text, stderr: stderr.get(id)?.text ?? '' }] as const],
  );
  return { kind: 'ran', outputs: new Map(outputs), truncated: result.truncated };
}

/** Each command is one `run` with an id and its words, all quoted; a reader of the script needs to know nothing else. */
function batchScript(commands: readonly BatchCommand[], mark: string): string {
  return [
    'run() {',
    '  id=$1; shift',
    `  echo "${mark} begin $id"; echo "${mark} begin $id" >&2`,
    '  "$@" </dev/null',
    '  code=$?',
    `  echo; echo "${mark} end $id $code"; echo >&2; echo "${mark} end $id $code" >&2`,
    '}',
    ...commands.map(({ id, argv }) => `run ${[id, ...argv].map(quote).join(' ')}`),
    'exit 0',
    '',
  ].join('\n');
}

type Section = { readonly text: string; readonly code: number | undefined };

/** What stands between the marks of each id. Ids are words without spaces. */
function sections(output: string, mark: string): Map<string, Section> {
  const found = new Map<string, Section>();
  const begin = new RegExp(`^${mark} begin (\\S+)\\n`, 'gm');
  for (const match of output.matchAll(begin)) {
    const [whole, id = ''] = match;
    const from = match.index + whole.length;
    const end = new RegExp(`\\n${mark} end (\\S+) (\\d+)\\n`, 'g');
    end.lastIndex = from - 1;
    const last = end.exec(output);
    if (last === null || last[1] !== id) continue;
    found.set(id, { text: output.slice(from, Math.max(from, last.index)), code: Number(last[2]) });
  }
  return found;
}
