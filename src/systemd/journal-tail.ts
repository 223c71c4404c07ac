// The last lines of a kube-proxy that ended.
import { lastWords } from '../kubeproxy/last-words.ts';
import type { LastWords } from '../kubeproxy/last-words.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { PRELUDE, runScript, textOf } from './run-script.ts';
import type { Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';

/** Oldest line first; '' when nothing was written. `words` is undefined then. */
export type Tail = { readonly kind: 'tail'; readonly text: string; readonly words: LastWords | undefined };

/**
 * $1: the unit, $2: the run's invocation or '', $3: --log-dir or '', $4: --log-file or ''. klog names its files
 * kube-proxy.HOST.USER.log.INFO.DATE-TIME.PID (klog_file.go), so the shell sorts them by age; that of the process that runs
 * now is passed over. INFO holds the lines of all severities.
 */
const TAIL = `${PRELUDE}
tail_of() { tail -n 40 -- "$1" | tail -c 32768; }
{
  if [ -n "$2" ]; then set -- "$@" "_SYSTEMD_INVOCATION_ID=$2"; fi
  unit=$1 dir=$3 log=$4
  shift 4
  journalctl --quiet --no-pager --output=cat --lines=40 --unit="$unit" "$@" 2>/dev/null | tail -c 32768
  if [ -n "$dir" ]; then
    show=$(systemctl show --no-pager --property=MainPID -- "$unit") || show=
    property MainPID
    last=
    for path in "$dir"/kube-proxy.*.log.INFO.*; do
      case $path in *."\${value:-0}") ;; *) last=$path ;; esac
    done
    if [ -f "$last" ]; then tail_of "$last"; fi
  elif [ -f "$log" ]; then
    tail_of "$log"
  fi
} | text tail
exit 0
`;

/** A systemd invocation as the journal has it; the stand-in of older systemds is none. */
const INVOCATION = /^[0-9a-f]{32}$/;

/** `invocation` is UnitFacts.endedInvocation. Bounded: 40 lines and 32 KiB from the journal, and as much from a log file. */
export async function journalTail(
  shell: NodeShell,
  place: UnitPlace,
  invocation: string,
  signal?: AbortSignal,
): Promise<Tail | Unreached | Problem> {
  const known = INVOCATION.test(invocation) ? invocation : '';
  const logs = [place.logDir, place.logFile].map((path) => (path === undefined ? '' : shell.pathOf(path)));
  const said = await runScript(shell, { text: TAIL, args: [place.unit, known, ...logs], signal });
  if (said.kind !== 'said') return said;
  const text = textOf(said, 'tail');
  return { kind: 'tail', text, words: lastWords(text) };
}
