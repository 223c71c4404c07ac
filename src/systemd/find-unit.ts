// Finds a node's kube-proxy under systemd: the unit, the file named by --config or the options file, and what is void beside it.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import { optionsFile } from '../kubeproxy/options-file.ts';
import { flagText, voidFlags } from '../kubeproxy/proxy-flags.ts';
import { charsOf, textOf } from '../kubeproxy/systemd-words.ts';
import type { Word } from '../kubeproxy/systemd-words.ts';
import { unitCommand } from '../kubeproxy/unit-command.ts';
import type { UnitTexts } from '../kubeproxy/unit-command.ts';
import { parseUnitFile } from '../kubeproxy/unit-file.ts';
import { isKubeProxy, kubeProxyArgs } from '../kubeproxy/unit-program.ts';
import type { NodeShell } from '../node/shell.ts';
import { chooseUnit, managedUnit } from './choose-unit.ts';
import { fileText } from './file-text.ts';
import { PRELUDE, runScript, silence, textOf as told } from './run-script.ts';
import type { Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';
import { parseUnitState } from './unit-state.ts';
import type { UnitState } from './unit-state.ts';

/** What a person said about it; the rest is found. */
export type WantedUnit = { readonly unit?: string; readonly configFile?: string };

/** $1: the unit. Where systemd has not loaded it, all services instead. */
const LOOK = `${PRELUDE}
show_unit "$1"
printf '%s\\n' "$show" | text show
property LoadState
if [ "$value" = not-found ]; then
  systemctl show --no-pager --property=Id,LoadState,ActiveState,ExecStart -- '*.service' | text others
else
  systemctl cat --no-pager -- "$1" | text unit
  property MainPID
  if [ "\${value:-0}" != 0 ] && [ -r "/proc/$value/cmdline" ]; then text running <"/proc/$value/cmdline"; fi
fi
exit 0
`;

/** $1, $2, …: files, told in that order. */
const READ_FILES = `${PRELUDE}
for path; do contents file "$path"; done
exit 0
`;

/** Characters of systemd.unit(5); a name with `*` or `[` would be taken for a pattern. */
const UNIT_NAME = /^[A-Za-z0-9:_\\@-][A-Za-z0-9:_.\\@-]{0,200}\.service$/;

type Seen = {
  readonly kind: 'seen';
  readonly state: UnitState;
  readonly unit: string;
  readonly others: string;
  /** Command line of the running process, word by word; empty when none runs. */
  readonly running: readonly string[];
};

/** Three commands at most. Refused, with what to do: units that are not to be edited, or could not be understood. */
export async function findUnit(
  shell: NodeShell,
  wanted: WantedUnit = {},
  signal?: AbortSignal,
): Promise<UnitPlace | Unreached | Problem> {
  const name = fullName(wanted.unit ?? 'kube-proxy');
  if (!UNIT_NAME.test(name)) return problem(`${JSON.stringify(wanted.unit)} is not the name of a unit.`);
  const first = await look(shell, name, signal);
  if (first.kind !== 'seen') return first;
  if (first.state.loadState !== 'not-found') return placeOf(shell, wanted, first, signal);
  const managed = managedUnit(name);
  if (wanted.unit !== undefined)
    return problem(managed ?? `Node ${shell.node} has no unit ${name}. Correct spec.kubeProxy.systemd.unit.`);
  const chosen = chooseUnit(first.others, shell.node);
  if (chosen.kind === 'problem') return chosen;
  const second = await look(shell, chosen.name, signal);
  return second.kind === 'seen' ? placeOf(shell, wanted, second, signal) : second;
}

function fullName(name: string): string {
  return name.endsWith('.service') ? name : `${name}.service`;
}

async function look(shell: NodeShell, name: string, signal?: AbortSignal): Promise<Seen | Unreached | Problem> {
  const said = await runScript(shell, { text: LOOK, args: [name], signal });
  if (said.kind !== 'said') return said;
  const silent = silence(said, shell);
  if (silent !== undefined) return silent;
  return {
    kind: 'seen',
    state: parseUnitState(told(said, 'show')),
    unit: told(said, 'unit'),
    others: told(said, 'others'),
    running: told(said, 'running').split('\0').slice(0, -1),
  };
}

async function placeOf(
  shell: NodeShell,
  wanted: WantedUnit,
  seen: Seen,
  signal?: AbortSignal,
): Promise<UnitPlace | Unreached | Problem> {
  const unfit = unfitUnit(seen.state, shell.node);
  if (unfit !== undefined) return problem(unfit);
  const texts = await readOptions(shell, seen, signal);
  if ('kind' in texts) return texts;
  const command = unitCommand(texts);
  if (command.kind === 'problem') return command;
  const args = kubeProxyArgs(command, texts.name);
  if ('kind' in args) return args;
  const file = modeFile({ texts, args, wanted, running: seen.running });
  if (file.kind === 'problem') return file;
  const log = flagText(args, 'logtostderr') === 'false';
  return {
    kind: 'place',
    unit: texts.name,
    file: file.file,
    holds: file.kind,
    texts,
    words: [command.program, ...command.args.map(textOf)],
    voidFlags: voidFlags(args),
    logDir: log ? flagText(args, 'log-dir') : undefined,
    logFile: log ? flagText(args, 'log-file') : undefined,
  };
}

function unfitUnit({ id, loadState, needsReload }: UnitState, node: string): string | undefined {
  const managed = managedUnit(id);
  if (managed !== undefined) return `Node ${node} has ${id}: ${managed}`;
  if (loadState !== 'loaded') return `${id} on node ${node} is ${loadState} in systemd. See systemctl status ${id}.`;
  if (!needsReload) return undefined;
  return `${id} on node ${node} was changed on disk, and systemd has not read it again: the next start would not be what its file says. Run systemctl daemon-reload there, or undo the change.`;
}

async function readOptions(
  shell: NodeShell,
  { state, unit }: Seen,
  signal?: AbortSignal,
): Promise<UnitTexts | Unreached | Problem> {
  const paths = parseUnitFile(unit, state.id).environmentFiles.map(({ path }) => path);
  const files = new Map<string, string | undefined>();
  if (paths.length > 0) {
    const said = await runScript(shell, { text: READ_FILES, args: paths.map((path) => shell.pathOf(path)), signal });
    if (said.kind !== 'said') return said;
    for (const [index, path] of paths.entries()) {
      const line = said.lines[index];
      const file = fileText(line, path);
      if (file.kind === 'problem' && line?.value !== 'absent') return file;
      files.set(path, file.kind === 'file' ? file.text : undefined);
    }
  }
  return { name: state.id, unit, files };
}

type Asked = {
  readonly texts: UnitTexts;
  readonly args: readonly Word[];
  readonly wanted: WantedUnit;
  readonly running: readonly string[];
};

type ModeFile = { readonly kind: 'config' | 'options'; readonly file: string };

function modeFile({ texts, args, wanted, running }: Asked): ModeFile | Problem {
  const file = flagText(args, 'config') ?? '';
  if (wanted.configFile !== undefined && wanted.configFile !== file)
    return problem(
      `${texts.name} starts kube-proxy with ${file === '' ? 'no --config' : `--config=${file}`}, but spec.kubeProxy.systemd.configFile is ${wanted.configFile}. Correct the one that is wrong.`,
    );
  const runs = runningConfig(running);
  if (runs !== undefined && runs !== file)
    return problem(
      `The kube-proxy that runs has ${show(runs)}, but the next start of ${texts.name} would have ${show(file)}: it would change more than the mode. Restart it, or undo the change, and try again.`,
    );
  if (file === '') return optionsFile(texts);
  if (!file.startsWith('/'))
    return problem(
      `${texts.name} names its configuration by the relative path ${file}. Give --config an absolute one.`,
    );
  if (file.includes('%'))
    return problem(`${texts.name} names its configuration with a specifier: ${file}. Write it out.`);
  return { kind: 'config', file };
}

function show(file: string): string {
  return file === '' ? 'no --config' : `--config=${file}`;
}

/** undefined when no kube-proxy runs as the unit's main process. */
function runningConfig(running: readonly string[]): string | undefined {
  const program = running.findIndex((word) => isKubeProxy(word) || word.endsWith('/hyperkube'));
  if (program === -1) return undefined;
  return (
    flagText(
      running.slice(program + 1).map((word) => charsOf(word)),
      'config',
    ) ?? ''
  );
}
