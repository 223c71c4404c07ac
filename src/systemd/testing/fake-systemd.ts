// systemctl and journalctl as small scripts on PATH, with their state in a directory, and the other programs our scripts use
// with a way to end the whole command, or to let somebody else act, at any of their calls.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localShell } from './local-shell.ts';
import type { LocalShell } from './local-shell.ts';

export type Properties = Readonly<Record<string, string | number>>;

export type FakeSystemd = {
  readonly shell: LocalShell;
  /** For the files of the test; its name is as unfriendly as a name can be. */
  readonly files: string;
  /** For files that a unit names, which cannot have any name. */
  readonly plain: string;
  /** Makes or changes a unit. `unit` is what `systemctl cat` prints. */
  readonly setUnit: (name: string, properties: Properties, unit?: string) => void;
  readonly property: (name: string, property: string) => string;
  /** Calls of systemctl and journalctl, in order, arguments joined by spaces. */
  readonly calls: () => readonly string[];
  readonly setJournal: (text: string) => void;
  /** A shell script to be run whenever a unit is looked at. */
  readonly onShow: (script: string) => void;
  /** From now on a restart fails with this; with `undefined`, it works again. */
  readonly failRestart: (message: string | undefined) => void;
  /** From now on whoever logs in is not root; by sudo they may do exactly `allowed`, everything when left out. */
  readonly asUser: (allowed?: readonly string[]) => void;
  /** What was done by sudo, arguments joined by spaces. */
  readonly sudone: () => readonly string[];
  /** Before the `at`-th call of systemctl, cp, mv, … from now on: end the whole command, or run a shell script. `none` is the default. */
  readonly interfere: (at: number, act: 'kill' | 'count' | 'none' | { readonly script: string }) => void;
  /** Calls of those programs since `interfere`. */
  readonly steps: () => number;
  readonly remove: () => void;
};

const PROGRAMS = ['base64', 'cp', 'dd', 'flock', 'ln', 'mv', 'readlink', 'rm', 'sha256sum', 'touch'];

const SYSTEMCTL = `
echo "$*" >>"$state/calls"
for last; do :; done
unit=$state/units/$last
case $1 in
  show)
    if [ -e "$state/on-show" ]; then . "$state/on-show"; fi
    if [ "$last" = '*.service' ]; then
      for one in "$state"/units/*/show; do cat "$one"; echo; done
    elif [ -e "$unit/show" ]; then cat "$unit/show"
    else printf 'Id=%s\\nLoadState=not-found\\nActiveState=inactive\\n' "$last"
    fi ;;
  cat) cat "$unit/unit" ;;
  reset-failed) sed -i 's/^NRestarts=.*/NRestarts=0/' "$unit/show" ;;
  restart)
    if [ -e "$state/fail" ]; then cat "$state/fail" >&2; exit 1; fi
    next=$(sed -n 's/^Starts=//p' "$unit/show"); next=$((next + 1))
    sed -i "s/^Starts=.*/Starts=$next/; s/^InvocationID=.*/InvocationID=$(printf '%032d' "$next")/" "$unit/show" ;;
  *) echo "unknown: $*" >&2; exit 1 ;;
esac
`;

/** A sudo whose rules allow everything, or nothing but what a test has allowed; it has no environment to keep. */
const SUDO = `
shift 2
echo "$*" >>"$state/sudo"
if [ -e "$state/allowed" ] && ! grep -qxF -- "$*" "$state/allowed"; then
  echo 'sudo: a password is required' >&2
  exit 1
fi
exec "$@"
`;

/** Root, until a test says otherwise: the files are the test's own, whoever runs it. */
const ID = `
if [ -e "$state/user" ]; then echo 1000; else echo 0; fi
`;

const JOURNALCTL = `
printf 'journalctl %s\\n' "$*" >>"$state/calls"
if [ -e "$state/journal" ]; then cat "$state/journal"; fi
`;

/**
 * Calls are numbered by files made with O_EXCL: programs of one pipe start at the same time. One whose pipe was killed may
 * outlive the test, and with it the directory.
 */
const INTERFERENCE = `
read -r at act <"$state/interfere"
count=1
if [ "$act" != none ]; then
  set -C
  until true >"$state/steps/$count"; do
    [ -d "$state/steps" ] || exit 1
    count=$((count + 1))
  done 2>/dev/null
  set +C
fi
[ "$count" = "$at" ] || act=none
case $act in
  kill) kill -KILL 0 ;;
  script) . "$state/script" ;;
esac
`;

const REAL = `
PATH=\${PATH#*:}
exec "\${0##*/}" "$@"
`;

export function fakeSystemd(): FakeSystemd {
  const root = mkdtempSync(join(tmpdir(), 'proxymode-systemd-'));
  const state = join(root, 'state');
  const bin = join(root, 'bin');
  const plain = join(root, 'plain');
  const files = join(root, ' it\'s "a"\n$(dir) `x` *\\ ');
  for (const directory of [bin, files, plain, join(state, 'units'), join(state, 'steps')])
    mkdirSync(directory, { recursive: true });
  const at = (...path: readonly string[]): string => join(state, ...path);
  const program = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\nstate='${state}'\n${text}`);
    chmodSync(join(bin, name), 0o755);
  };
  writeFileSync(at('interfere'), '0 none\n');
  program('systemctl', `${INTERFERENCE}${SYSTEMCTL}`);
  program('journalctl', JOURNALCTL);
  program('sudo', SUDO);
  program('id', ID);
  for (const name of PROGRAMS) program(name, `${INTERFERENCE}${REAL}`);
  const show = (name: string): Map<string, string> => new Map(properties(at('units', name, 'show')));
  return {
    shell: localShell(bin),
    files,
    plain,
    setUnit: (name, changed, unit) => {
      mkdirSync(at('units', name), { recursive: true });
      const all = new Map([...LOADED, ['Id', name] as const, ...show(name), ...Object.entries(changed)]);
      writeFileSync(at('units', name, 'show'), [...all].map(([key, value]) => `${key}=${value}\n`).join(''));
      if (unit !== undefined) writeFileSync(at('units', name, 'unit'), unit);
    },
    property: (name, property) => show(name).get(property) ?? '',
    calls: () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trimEnd().split('\n') : []),
    setJournal: (text) => writeFileSync(at('journal'), text),
    onShow: (script) => writeFileSync(at('on-show'), script),
    failRestart: (message) => {
      if (message === undefined) rmSync(at('fail'), { force: true });
      else writeFileSync(at('fail'), message);
    },
    asUser: (allowed) => {
      writeFileSync(at('user'), '');
      if (allowed !== undefined) writeFileSync(at('allowed'), allowed.map((line) => `${line}\n`).join(''));
    },
    sudone: () => (existsSync(at('sudo')) ? readFileSync(at('sudo'), 'utf8').trimEnd().split('\n') : []),
    interfere: (step, act) => {
      rmSync(at('steps'), { recursive: true });
      mkdirSync(at('steps'));
      writeFileSync(at('interfere'), `${step} ${typeof act === 'string' ? act : 'script'}\n`);
      writeFileSync(at('script'), typeof act === 'string' ? '' : act.script);
    },
    steps: () => readdirSync(at('steps')).length,
    remove: () => rmSync(root, { recursive: true }),
  };
}

const LOADED: readonly (readonly [string, string])[] = [
  ['LoadState', 'loaded'],
  ['ActiveState', 'active'],
  ['SubState', 'running'],
  ['MainPID', '1'],
  ['NRestarts', '0'],
  ['Result', 'success'],
  ['ExecMainCode', '0'],
  ['ExecMainStatus', '0'],
  ['InvocationID', '00000000000000000000000000000001'],
  ['NeedDaemonReload', 'no'],
  ['Starts', '1'],
];

function properties(file: string): readonly (readonly [string, string])[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
}
