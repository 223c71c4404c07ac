// One script on a node, and what it said. Scripts are constants: what they are about reaches them as `"$1"`, `"$2"`, … and by
// standard input. They answer in lines of a word and a value; whatever a node or a person wrote follows in base64, between `<`
// and `>` (`!` where it could not be read to its end), so that no file and no name can be taken for another line.
import { printable } from '../kubeproxy/printable.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { Exited, NodeShell, ShellResult } from '../node/shell.ts';
import { PROPERTIES } from './unit-state.ts';

/** The node could not be asked, or did not answer in time: whether the script had an effect is then not known. */
export type Unreached = Exclude<ShellResult, Exited>;

/** `text` is what stood between `<` and `>`, decoded; undefined where nothing did, or where it broke off. */
export type Line = { readonly key: string; readonly value: string; readonly text: Buffer | undefined };
export type Said = { readonly kind: 'said'; readonly lines: readonly Line[] };

export type Script = {
  readonly text: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly signal?: AbortSignal | undefined;
};

/** A file that decides a mode has a few kB. The bound keeps what is read, kept in a status and sent back small. */
export const LARGEST_FILE = 262_144;

/** Nothing here waits for kube-proxy, and a healthy node answers in milliseconds; one that is drowning may take this long. */
const TIMEOUT = 60_000;
const MAX_OUTPUT = 4 * 1024 * 1024;

/**
 * Shared by the scripts. `text WORD` tells standard input, `contents WORD PATH` a file; `show_unit UNIT` sets "$show", or ends the
 * script where systemd does not answer; `property NAME` looks into "$show" and sets "$value", `invocation` sets "$id". They start as few programs as they can: a node in trouble has no processor to spare.
 */
export const PRELUDE = `
export LC_ALL=C
nl='
'
text() { echo "$1 <"; if base64; then echo '>'; else echo '!'; fi; }
contents() {
  if [ ! -e "$2" ]; then echo "$1 absent"
  elif [ ! -f "$2" ]; then echo "$1 irregular"
  elif ! size=$(wc -c <"$2"); then echo "$1 unreadable"
  elif [ "$size" -gt ${LARGEST_FILE} ]; then echo "$1 large"
  else text "$1" <"$2"
  fi
}
show_unit() {
  show=$(systemctl show --no-pager --property=${PROPERTIES} -- "$1" 2>&1) || { printf '%s\\n' "$show" | text silent; exit 0; }
}
property() {
  value=$nl$show$nl
  case $value in
    *"$nl$1="*) value=\${value#*"$nl$1="}; value=\${value%%"$nl"*} ;;
    *) value= ;;
  esac
}
# InvocationID is new with every start, also one by Restart=; systemd before 232 (CentOS 7) has none.
invocation() {
  property InvocationID
  id=$value
  if [ -z "$id" ]; then
    read -r id </proc/sys/kernel/random/boot_id
    property ExecMainStartTimestampMonotonic
    id=$id-$value
  fi
}
# The file a link leads to, in "$file"; what is beside it is beside that one.
resolve() {
  file=$1
  if [ -L "$file" ]; then file=$(readlink -f -- "$file" && printf x) && file=\${file%?x}; fi
}
`;

/** A script that ends with another exit code than 0 has met with something unforeseen: its last words become the problem. */
export async function runScript(shell: NodeShell, script: Script): Promise<Said | Unreached | Problem> {
  const result = await shell.run(
    {
      argv: ['sh', '-c', script.text, 'proxymode', ...script.args],
      timeout: TIMEOUT,
      maxOutput: MAX_OUTPUT,
      ...(script.stdin === undefined ? {} : { stdin: script.stdin }),
    },
    script.signal,
  );
  if (result.kind !== 'exited') return result;
  if (result.code !== 0) return problem(`On node ${shell.node}: ${lastLine(result)}`);
  if (result.truncated) return problem(`Node ${shell.node} answered more than ${MAX_OUTPUT} bytes.`);
  return { kind: 'said', lines: readLines(result.stdout.split('\n')) };
}

function readLines(all: readonly string[]): readonly Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < all.length; at++) {
    const [key = '', ...rest] = (all[at] ?? '').split(' ');
    const value = rest.join(' ');
    const end = value === '<' ? all.findIndex((line, index) => index > at && /^[>!]$/.test(line)) : at;
    const isWhole = end > at && all[end] === '>';
    const text = isWhole ? Buffer.from(all.slice(at + 1, end).join(''), 'base64') : undefined;
    if (key !== '') lines.push({ key, value, text });
    // What broke off is the last there is.
    at = end === -1 ? all.length : end;
  }
  return lines;
}

function lastLine({ code, stderr }: Exited): string {
  const last = printable(stderr.trim().split('\n').at(-1) ?? '').slice(0, 500);
  return last === '' ? `the command ended with exit code ${code}` : `${last} (exit code ${code})`;
}

/** What a script came to that found no systemd to talk to: the node might as well be away. */
export function silence(said: Said, { node }: NodeShell): Unreached | undefined {
  const words =
    lineOf(said, 'silent') === undefined ? undefined : printable(textOf(said, 'silent').trim()).slice(0, 500);
  if (words === undefined) return undefined;
  return { kind: 'unreachable', message: `systemd on node ${node} does not answer: ${words}` };
}

export function lineOf({ lines }: Said, key: string): Line | undefined {
  return lines.find((line) => line.key === key);
}

export function valueOf(said: Said, key: string): string | undefined {
  return lineOf(said, key)?.value;
}

/** What `text` told; '' when it did not. Bytes that are not UTF-8 are replaced: this is for reading, not for writing back. */
export function textOf(said: Said, key: string): string {
  return lineOf(said, key)?.text?.toString('utf8') ?? '';
}
