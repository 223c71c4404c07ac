// One script on a node, and what it said. Scripts are constants: what they are about reaches them as `"$1"`, `"$2"`, … and by
// standard input. They answer in lines of a word and a value; whatever a node or a person wrote is in base64, so that no file
// and no name can be taken for another line.
import { printable } from '../kubeproxy/printable.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { Exited, NodeShell, ShellResult } from '../node/shell.ts';

/** The node could not be asked, or did not answer in time: whether the script had an effect is then not known. */
export type Unreached = Exclude<ShellResult, Exited>;

export type Line = { readonly key: string; readonly value: string };
export type Said = { readonly kind: 'said'; readonly lines: readonly Line[] };

export type Script = {
  readonly text: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly signal?: AbortSignal | undefined;
};

/** A file that decides a mode has a few kB. The bound keeps what is read, kept in a status and sent back small. */
export const LARGEST_FILE = 262_144;

/** systemctl over a busy node's D-Bus may take seconds; nothing here waits for kube-proxy. */
const TIMEOUT = 20_000;
const MAX_OUTPUT = 4 * 1024 * 1024;

/** Shared by the scripts. `contents WORD PATH` tells a file, `field WORD` standard input, `property NAME` from "$show". */
export const PRELUDE = `
export LC_ALL=C
field() { printf '%s ' "$1"; base64 | tr -d '\\n'; echo; }
property() { printf '%s\\n' "$show" | sed -n "s/^$1=//p"; }
contents() {
  if [ ! -e "$2" ]; then printf '%s absent\\n' "$1"
  elif [ ! -f "$2" ]; then printf '%s irregular\\n' "$1"
  elif ! size=$(wc -c <"$2"); then printf '%s unreadable\\n' "$1"
  elif [ "$size" -gt ${LARGEST_FILE} ]; then printf '%s large\\n' "$1"
  else printf '%s text ' "$1"; base64 <"$2" | tr -d '\\n'; echo
  fi
}
# InvocationID is new with every start, also one by Restart=; systemd before 232 (CentOS 7) has none.
invocation() {
  id=$(property InvocationID)
  [ -n "$id" ] || id=$(cat /proc/sys/kernel/random/boot_id)-$(property ExecMainStartTimestampMonotonic)
  printf '%s' "$id"
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
  return { kind: 'said', lines: result.stdout.split('\n').flatMap(readLine) };
}

function readLine(line: string): readonly Line[] {
  if (line === '') return [];
  const space = line.indexOf(' ');
  return space === -1 ? [{ key: line, value: '' }] : [{ key: line.slice(0, space), value: line.slice(space + 1) }];
}

function lastLine({ code, stderr }: Exited): string {
  const last = printable(stderr.trim().split('\n').at(-1) ?? '').slice(0, 500);
  return last === '' ? `the command ended with exit code ${code}` : `${last} (exit code ${code})`;
}

export function valueOf({ lines }: Said, key: string): string | undefined {
  return lines.find((line) => line.key === key)?.value;
}

/** What `field` told; '' when it did not. Bytes that are not UTF-8 are replaced: this is for reading, not for writing back. */
export function fieldOf(said: Said, key: string): string {
  return Buffer.from(valueOf(said, key) ?? '', 'base64').toString('utf8');
}
