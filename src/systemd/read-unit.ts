// One look at a unit: its process, and the file that decides its mode, in one command.
import { configOfFlags } from '../kubeproxy/proxy-flags.ts';
import { readConfig } from '../kubeproxy/config-read.ts';
import type { ProxyConfig } from '../kubeproxy/config-read.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import { unitCommand } from '../kubeproxy/unit-command.ts';
import { kubeProxyArgs } from '../kubeproxy/unit-program.ts';
import type { NodeShell } from '../node/shell.ts';
import { BESIDE } from './beside.ts';
import { fileText } from './file-text.ts';
import type { FileText } from './file-text.ts';
import { lineOf, PRELUDE, runScript, silence, textOf, valueOf } from './run-script.ts';
import type { Unreached } from './run-script.ts';
import { withText } from './edit-place.ts';
import type { UnitPlace } from './unit-place.ts';
import { endedRun, unitProcess } from './unit-process.ts';
import type { UnitProcess } from './unit-process.ts';
import { parseUnitState } from './unit-state.ts';

export type UnitFacts = {
  readonly kind: 'unit';
  readonly process: UnitProcess;
  /** What journalTail() wants to know of the run in `process.ended`; '' when the journal cannot tell its lines from others. */
  readonly endedInvocation: string;
  readonly file: FileText | Problem;
  /** What the next start will read: the configuration file, or the flags. */
  readonly config: ProxyConfig | Problem;
  /** The file was changed, and systemd has not been asked for the restart yet: whichever process runs may have read the old one. */
  readonly restartOwed: boolean;
  /** `uname -r` there. */
  readonly kernelRelease: string;
  /** The unit was changed on disk since systemd read it. */
  readonly needsReload: boolean;
};

/**
 * $1: the unit, $2: the file. First the file is read, then whether a restart is owed, then the process: what has another
 * invocation later was started after the file was as told here. The journal is asked only about a unit that runs after a restart by Restart=: for any other,
 * `systemctl show` still knows how its last run ended. EXIT_CODE is in systemd's own entries since 219 at least.
 */
const READ = `${PRELUDE}${BESIDE}
contents file "$2"
resolve "$2"
beside
if [ -e "$owed" ]; then echo owed; fi
read -r release </proc/sys/kernel/osrelease && echo "kernel $release"
show_unit "$1"
printf '%s\\n' "$show" | text show
invocation
echo "invocation $id"
property ActiveState
state=$value
property NRestarts
if [ "$state" = active ] && [ "\${value:-0}" != 0 ]; then
  journalctl --quiet --no-pager --output=json --lines=1 _PID=1 "UNIT=$1" \\
    EXIT_CODE=exited EXIT_CODE=killed EXIT_CODE=dumped 2>/dev/null | text ended
fi
exit 0
`;

/**
 * In a crash loop every run has an invocation of its own, so "another process than the one to be replaced" means that the file
 * was read only where that one's invocation comes from a reading that already told the new file.
 */
export async function readUnit(
  shell: NodeShell,
  place: UnitPlace,
  signal?: AbortSignal,
): Promise<UnitFacts | Unreached | Problem> {
  const said = await runScript(shell, { text: READ, args: [place.unit, shell.pathOf(place.file)], signal });
  if (said.kind !== 'said') return said;
  const silent = silence(said, shell);
  if (silent !== undefined) return silent;
  const state = parseUnitState(textOf(said, 'show'));
  if (state.loadState !== 'loaded')
    return problem(`${place.unit} on node ${shell.node} is ${state.loadState || 'unknown'} in systemd now.`);
  const invocation = valueOf(said, 'invocation') ?? '';
  const ended = endedRun(state, invocation, textOf(said, 'ended'));
  const file = fileText(lineOf(said, 'file'), place.file);
  return {
    kind: 'unit',
    process: unitProcess(state, { node: shell.node, invocation, ended }),
    endedInvocation: ended?.invocation ?? '',
    file,
    config: file.kind === 'problem' ? file : configOf(place, file.text),
    restartOwed: valueOf(said, 'owed') !== undefined,
    kernelRelease: valueOf(said, 'kernel') ?? '',
    needsReload: state.needsReload,
  };
}

function configOf(place: UnitPlace, text: string): ProxyConfig | Problem {
  if (place.holds === 'config') return readConfig(text);
  const texts = withText(place, text);
  const command = unitCommand(texts);
  if (command.kind === 'problem') return command;
  const args = kubeProxyArgs(command, texts.name);
  return 'kind' in args ? args : configOfFlags(args);
}
