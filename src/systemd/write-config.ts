// Writes the file that decides the mode, if it still is what was read.
//
// By rename, not in place. kube-proxy watches the file named by --config, and ends when the watch reports Write or Rename
// (eventHandler, cmd/kube-proxy/app/options.go, from 1.14 on): a write in place would end it at once, before systemd is asked,
// and for good where the unit has Restart=no. A file put over it by rename shows as Chmod and Remove of the old one, which it
// passes over; its watch is blind from then on, until the restart. A change is therefore taken in when we restart the unit,
// or when anybody does. Should a later kube-proxy watch the directory instead (kubernetes/kubernetes PR 139204), it ends at
// the rename; systemd starts it again under another InvocationID, and restartUnit() finds that nothing is left to do.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { sha256 } from './file-text.ts';
import { LARGEST_FILE, PRELUDE, runScript, valueOf } from './run-script.ts';
import type { Said, Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';

export type ConfigWrite = {
  /** What the file was when `text` was made from it. */
  readonly expectSha256: string;
  readonly text: string;
  /** The file before the migration: only that is ever kept as the copy beside it. */
  readonly originalSha256: string;
};

export type WriteResult =
  | { readonly kind: 'written'; readonly backupSha256: string | undefined }
  /** The file is what it was to be already. */
  | { readonly kind: 'unchanged'; readonly backupSha256: string | undefined }
  /** Somebody else has written it; `sha256` is what it is now, undefined when it is gone. Nothing was done. */
  | { readonly kind: 'changed'; readonly sha256: string | undefined }
  /** An earlier command of ours is still at it. Nothing was done; try again. */
  | { readonly kind: 'busy' };

/**
 * $1: the file, $2: its SHA-256 as read, $3: that of the new text, $4: that of the original; standard input: the new text in
 * base64. A symbolic link is followed, so that it stays one. The lock is on the directory and ends with the script; without
 * flock(1) the two comparisons have to do. Of two attempts to make the copy `ln` lets only the first succeed. mktemp: nobody
 * can have put a link where we write. dd: the new file is on disk before it takes the old one's place.
 */
const WRITE = `${PRELUDE}
umask 077
sum() { sum=$(sha256sum <"$1") && sum=\${sum%% *}; }
# Mode, owner, and labels and ACLs where cp can.
copy() { cp --preserve=all -- "$1" "$2" 2>/dev/null || cp -p -- "$1" "$2"; }
temporary() { new=$(mktemp "$file.proxymode-XXXXXX" && printf x) && new=\${new%?x}; }
resolve "$1" || exit
[ -f "$file" ] || { echo changed; exit 0; }
exec 9<"\${file%/*}/" || exit
if command -v flock >/dev/null && ! flock -n 9; then echo busy; exit 0; fi
new=
trap '[ -z "$new" ] || rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT TERM
backup=$file.proxymode-original
sum "$file" || exit
if [ "$sum" = "$3" ]; then
  echo unchanged
elif [ "$sum" != "$2" ]; then
  echo "changed $sum"
  exit 0
else
  rm -f -- "$file".proxymode-??????
  if [ "$sum" = "$4" ] && [ ! -e "$backup" ] && [ ! -L "$backup" ]; then
    temporary && copy "$file" "$new" && sum "$new" || exit
    [ "$sum" = "$4" ] || { echo changed; exit 0; }
    ln -- "$new" "$backup" || exit
    rm -f -- "$new"
  fi
  temporary && copy "$file" "$new" || exit
  base64 -d | dd of="$new" conv=fsync 2>/dev/null || exit
  sum "$new" || exit
  [ "$sum" = "$3" ] || { echo 'the new text did not arrive as it was sent' >&2; exit 1; }
  sum "$file" || exit
  [ "$sum" = "$2" ] || { echo "changed $sum"; exit 0; }
  mv -f -- "$new" "$file" || exit
  echo written
fi
if [ -f "$backup" ]; then sum "$backup" && echo "backup $sum"; fi
exit 0
`;

/** Repeating it is harmless: what is written already is `unchanged`. Mode, owner and, where cp(1) can, labels and ACLs are kept. */
export async function writeConfig(
  shell: NodeShell,
  place: UnitPlace,
  { expectSha256, text, originalSha256 }: ConfigWrite,
  signal?: AbortSignal,
): Promise<WriteResult | Unreached | Problem> {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > LARGEST_FILE)
    return problem(`${place.file} would have ${bytes.length} bytes; more than ${LARGEST_FILE} are not written.`);
  if (bytes.toString('utf8') !== text) return problem(`The new text of ${place.file} cannot be encoded as UTF-8.`);
  const said = await runScript(shell, {
    text: WRITE,
    args: [shell.pathOf(place.file), expectSha256, sha256(text), originalSha256],
    stdin: `${bytes.toString('base64')}\n`,
    signal,
  });
  return said.kind === 'said' ? (resultOf(said) ?? unexpected(shell, place)) : said;
}

function resultOf(said: Said): WriteResult | undefined {
  const [first] = said.lines;
  switch (first?.key) {
    case 'written':
    case 'unchanged':
      return { kind: first.key, backupSha256: valueOf(said, 'backup') };
    case 'changed':
      return { kind: 'changed', sha256: first.value === '' ? undefined : first.value };
    case 'busy':
      return { kind: 'busy' };
    default:
      return undefined;
  }
}

function unexpected(shell: NodeShell, place: UnitPlace): Problem {
  return problem(`Node ${shell.node} did not say what became of ${place.file}. Look at the file before going on.`);
}
