// Switches a unit: writes the file that decides its mode, if it still is what was read, and restarts it. In one command, so
// that what comes between on this side (an operator that ends, a connection that breaks) does not come between on the node.
//
// By rename, not in place. kube-proxy watches the file named by --config, and ends when the watch reports Write or Rename
// (eventHandler, cmd/kube-proxy/app/options.go, from 1.14 on): a write in place would end it at once, before systemd is asked,
// and for good where the unit has Restart=no. A file put over it by rename shows as Chmod and Remove of the old one, which it
// passes over; its watch is blind from then on, until the restart. A change is therefore taken in when we restart the unit,
// or when anybody does. Should a later kube-proxy watch the directory instead (kubernetes/kubernetes PR 139204), it ends at
// the rename; systemd starts it again, and our restart is one more.
//
// One command can still be ended half-way (the node is out of memory, or takes longer than a minute), and kube-proxy may have
// restarted by itself just before the rename: then another process than the expected one runs, with the old file. So that
// nobody takes it for the new one, a mark lies beside the file from before the rename until systemd has the restart.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { AS_ROOT } from './beside.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import { LARGEST_FILE, PRELUDE, runScript, silence } from './run-script.ts';
import type { Said, Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';

export type UnitSwitch = {
  /** What the file was when `text` was made from it. */
  readonly expectSha256: string;
  readonly text: string;
  /** The file before the migration: only that is ever kept as the copy beside it. */
  readonly originalSha256: string;
  /** The process that is to be replaced. */
  readonly invocation: string;
};

export type SwitchResult =
  /** The file is as it was to be, and systemd has the job. Whether kube-proxy comes up is for readUnit() to see. */
  | { readonly kind: 'requested' }
  /** It was so already, and another process has started with it since: by an earlier command, by Restart=, or by a person. */
  | { readonly kind: 'replaced'; readonly invocation: string }
  /** Somebody else has written the file; `sha256` is what it is now, undefined when it is gone. Nothing was done. */
  | { readonly kind: 'changed'; readonly sha256: string | undefined }
  /** An earlier command of ours is still at it. Nothing was done; try again. */
  | { readonly kind: 'busy' };

/**
 * $1: the unit, $2: the file, $3: its SHA-256 as read, $4: that of the new text, $5: that of the original, $6: the invocation to
 * be replaced; standard input: the new text in base64. A symbolic link is followed, so that it stays one. The lock is on the
 * directory and ends with the script. Of two attempts to make the copy `ln` lets only the first succeed. dd: the new file is
 * on disk before it takes the old one's place.
 *
 * The restart is not waited for: a unit that does not stop would hold the connection, and a job that waits is seen by readUnit()
 * as `deleting`; systemd merges a second request into it. reset-failed, because a unit that has failed too often
 * (start-limit-hit) would not be started, and so that NRestarts counts the new process's restarts only: coming out of a crash
 * loop, neither Restart= nor `restart` sets it back. daemon-reload is not done: what else changed on disk is not ours to load.
 * Output comes last: nobody may be listening any more.
 */
const SWITCH = `${PRELUDE}${AS_ROOT}
umask 077
sum() { sum=$(sha256sum <"$1") && sum=\${sum%% *}; }
# Mode, owner, and labels and ACLs where cp can.
copy() { root cp --preserve=all -- "$file" "$new" 2>/dev/null || root cp -p -- "$file" "$new"; }
look() {
  show_unit "$1"
  invocation
  property ActiveState
  state=$value
  property NRestarts
  restarts=\${value:-0}
}
resolve "$2" || exit
[ -f "$file" ] || { echo changed; exit 0; }
beside
exec 9<"\${file%/*}/" || exit
command -v flock >/dev/null || { echo 'flock is missing' >&2; exit 1; }
flock -n 9 || { echo busy; exit 0; }
trap 'if [ -e "$new" ]; then root rm -f -- "$new"; fi' EXIT
trap 'exit 1' HUP INT TERM
sum "$file" || exit
if [ "$sum" = "$4" ]; then
  look "$1"
  if [ "$id" != "$6" ] && [ ! -e "$owed" ]; then
    if [ "$state" = active ] && [ "$restarts" != 0 ]; then root systemctl reset-failed -- "$1" || exit; fi
    echo "replaced $id"
    exit 0
  fi
elif [ "$sum" != "$3" ]; then
  echo "changed $sum"
  exit 0
else
  if [ -e "$new" ] || [ -L "$new" ]; then root rm -f -- "$new" || exit; fi
  if [ "$sum" = "$5" ] && [ ! -e "$backup" ] && [ ! -L "$backup" ]; then
    copy && sum "$new" || exit
    [ "$sum" = "$5" ] || { echo changed; exit 0; }
    root ln -- "$new" "$backup" && root rm -f -- "$new" || exit
  fi
  copy || exit
  base64 -d | root dd of="$new" conv=fsync || exit
  sum "$new" || exit
  [ "$sum" = "$4" ] || { echo 'the new text did not arrive as it was sent' >&2; exit 1; }
  root touch -- "$owed" || exit
  sum "$file" || exit
  [ "$sum" = "$3" ] || { echo "changed $sum"; exit 0; }
  root mv -f -- "$new" "$file" || exit
  look "$1"
fi
if [ "$state" != active ] || [ "$restarts" != 0 ]; then root systemctl reset-failed -- "$1" 2>/dev/null || :; fi
root systemctl restart --no-block --quiet -- "$1" || exit
if [ -e "$owed" ]; then root rm -f -- "$owed" || exit; fi
echo requested
`;

/** Repeating it is harmless, wherever it was cut short before: what is done already is not done again. */
export async function switchUnit(
  shell: NodeShell,
  place: UnitPlace,
  { expectSha256, text, originalSha256, invocation }: UnitSwitch,
  signal?: AbortSignal,
): Promise<SwitchResult | Unreached | Problem> {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > LARGEST_FILE)
    return problem(`${place.file} would have ${bytes.length} bytes; more than ${LARGEST_FILE} are not written.`);
  if (bytes.toString('utf8') !== text) return problem(`The new text of ${place.file} cannot be encoded as UTF-8.`);
  const said = await runScript(shell, {
    text: SWITCH,
    args: [place.unit, shell.pathOf(place.file), expectSha256, sha256(text), originalSha256, invocation],
    stdin: `${bytes.toString('base64')}\n`,
    signal,
  });
  if (said.kind !== 'said') return said;
  return silence(said, shell) ?? resultOf(said) ?? unexpected(shell, place);
}

function resultOf(said: Said): SwitchResult | undefined {
  const [first] = said.lines;
  switch (first?.key) {
    case 'requested':
      return { kind: 'requested' };
    case 'replaced':
      return { kind: 'replaced', invocation: first.value };
    case 'changed':
      return { kind: 'changed', sha256: first.value === '' ? undefined : first.value };
    case 'busy':
      return { kind: 'busy' };
    default:
      return undefined;
  }
}

function unexpected(shell: NodeShell, place: UnitPlace): Problem {
  return problem(
    `Node ${shell.node} did not say what became of ${place.file} and ${place.unit}. Look at both before going on.`,
  );
}
