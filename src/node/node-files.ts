// Files of a node, through whatever NodeShell there is. Only programs are used that the distroless kube-proxy image has, and
// any Linux: `cat`, `grep`, `rm`, and `mv` or `ln`.
import { attempt, failed, isSetback, lastWords, type Setback } from './attempt.ts';
import type { NodeShell } from './shell.ts';

/** Bytes of one argument, below Linux's MAX_ARG_STRLEN. */
const LARGEST_FILE = 96 * 1024;
const MAX_OUTPUT = 4 * 1024 * 1024;

/** The only way to write into a file that needs no program which may be missing: the words are "$1" and "$2". */
const WRITE = 'printf %s "$2" > "$1"';

/** What a writer that was killed may leave beside a file, under the file's name and this. */
export const LEFTOVER = '.proxymode-new';

export type Texts = { readonly kind: 'texts'; readonly files: ReadonlyMap<string, string> };

/**
 * The texts of files, and of all files below directories, by their paths on the node, in one round trip. What is not there,
 * not readable or empty is left out; lines end with a newline whether the last one did or not. Paths are absolute, without
 * a slash at the end.
 */
export async function readTexts(
  shell: NodeShell,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Texts | Setback> {
  const argv = ['grep', '-rH', '', ...paths.map(shell.pathOf)] as const;
  // 1: nothing found; 2: some of it is not there.
  const result = await attempt(shell, { argv, maxOutput: MAX_OUTPUT }, { codes: [0, 1, 2], signal });
  if (result.kind !== 'exited') return result;
  if (result.truncated)
    return failed(`node ${shell.node} has more text in ${paths.join(', ')} than anybody wants to read`);
  const places = paths.map((path) => ({ path, seen: shell.pathOf(path) }));
  const files = new Map<string, string>();
  for (const line of result.stdout.split('\n')) {
    const place = placeOf(line, places);
    if (place !== undefined) files.set(place.path, `${files.get(place.path) ?? ''}${place.text}\n`);
  }
  return { kind: 'texts', files };
}

/** `/host/etc/sysctl.d/a.conf:text` → the path on the node and the text. */
function placeOf(
  line: string,
  places: readonly { path: string; seen: string }[],
): { path: string; text: string } | undefined {
  for (const { path, seen } of places) {
    if (!line.startsWith(seen)) continue;
    const rest = /^((?:\/[^:]*)?):([^]*)$/.exec(line.slice(seen.length));
    if (rest !== null) return { path: path + (rest[1] ?? ''), text: rest[2] ?? '' };
  }
  return undefined;
}

export type FileText = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'absent' };

/** Every byte of one file. */
export async function readFile(shell: NodeShell, path: string, signal?: AbortSignal): Promise<FileText | Setback> {
  const result = await attempt(shell, { argv: ['cat', shell.pathOf(path)] }, { codes: [0, 1], signal });
  if (result.kind !== 'exited') return result;
  if (result.code === 0) return { kind: 'text', text: result.stdout };
  return result.stderr.includes('No such file') ? { kind: 'absent' } : failed(`${path}: ${lastWords(result)}`);
}

/**
 * All or nothing: the text is written beside the file, under a name that no reader of its directory takes for one of its
 * own, and then put in its place. A killed writer leaves that other name behind; the next write uses it again.
 */
export async function writeFile(
  shell: NodeShell,
  { path, text }: { path: string; text: string },
  signal?: AbortSignal,
): Promise<{ readonly kind: 'written' } | Setback> {
  if (Buffer.byteLength(text) > LARGEST_FILE) return failed(`${path} would be larger than ${LARGEST_FILE} bytes`);
  const target = shell.pathOf(path);
  const beside = target + LEFTOVER;
  const written = await attempt(shell, { argv: ['sh', '-c', WRITE, 'sh', beside, text] }, { signal });
  if (isSetback(written)) return written;
  const moved = await attempt(shell, { argv: ['mv', '-f', beside, target] }, { codes: [0, NOT_FOUND], signal });
  if (isSetback(moved)) return moved;
  if (moved.code === 0) return { kind: 'written' };
  // GNU ln puts its link in place by a rename, too.
  const linked = await attempt(shell, { argv: ['ln', '-f', beside, target] }, { signal });
  if (isSetback(linked)) return linked;
  const removed = await attempt(shell, { argv: ['rm', '-f', beside] }, { signal });
  return isSetback(removed) ? removed : { kind: 'written' };
}

const NOT_FOUND = 127;

/** It does not matter whether it was there. */
export async function removeFile(
  shell: NodeShell,
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly kind: 'removed' } | Setback> {
  const target = shell.pathOf(path);
  const result = await attempt(shell, { argv: ['rm', '-f', target, target + LEFTOVER] }, { signal });
  return isSetback(result) ? result : { kind: 'removed' };
}

/** A file of /proc/sys: written in place, as there is nothing beside it. */
export async function writeInPlace(
  shell: NodeShell,
  { path, text }: { path: string; text: string },
  signal?: AbortSignal,
): Promise<{ readonly kind: 'written' } | Setback> {
  const result = await attempt(shell, { argv: ['sh', '-c', WRITE, 'sh', shell.pathOf(path), text] }, { signal });
  return isSetback(result) ? result : { kind: 'written' };
}
