// What a node loads and sets at boot by itself, from its configuration files. Pure.
// Sources: modules-load.d(5), sysctl.d(5); /etc/modules is Debian's, /etc/sysconfig/modules/*.modules RHEL's up to 7.
import { MODULES_FILE, SYSCTLS_FILE } from './own-files.ts';

/** In the order of precedence: of files with the same name only the first counts. */
const MODULE_DIRECTORIES = [
  '/etc/modules-load.d',
  '/run/modules-load.d',
  '/usr/local/lib/modules-load.d',
  '/usr/lib/modules-load.d',
  '/lib/modules-load.d',
];
const SYSCTL_DIRECTORIES = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];
const SCRIPTS = '/etc/sysconfig/modules';
const DEBIAN_MODULES = '/etc/modules';
const SYSCTL_CONF = '/etc/sysctl.conf';

/** What has to be read for the two functions below. */
export const BOOT_FILES: readonly string[] = [
  ...MODULE_DIRECTORIES,
  SCRIPTS,
  DEBIAN_MODULES,
  ...SYSCTL_DIRECTORIES,
  SYSCTL_CONF,
];

export type BootFiles = ReadonlyMap<string, string>;

/** Module → the file that has it loaded at boot. Our own file is left out. */
export function modulesAtBoot(files: BootFiles): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, text } of [...inForce(files, MODULE_DIRECTORIES), ...single(files, DEBIAN_MODULES)]) {
    // What follows a name in /etc/modules are its parameters.
    for (const line of linesOf(text)) note(found, (line.split(/\s/, 1)[0] ?? '').replaceAll('-', '_'), path);
  }
  for (const [path, text] of files) {
    if (path.startsWith(`${SCRIPTS}/`) && path.endsWith('.modules')) {
      for (const name of modulesOfScript(text)) note(found, name, path);
    }
  }
  found.delete('');
  return found;
}

export type BootSysctl = { readonly value: string; readonly path: string };

/** Sysctl → what it is after the boot, and by which file. Our own file is left out unless asked for. */
export function sysctlsAtBoot(files: BootFiles, { withOurs = false } = {}): ReadonlyMap<string, BootSysctl> {
  const ours = withOurs ? [] : [SYSCTLS_FILE];
  const ordered = inForce(files, SYSCTL_DIRECTORIES, ours).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const found = new Map<string, BootSysctl>();
  // Debian reads it as 99-sysctl.conf, procps after everything else.
  for (const { path, text } of [...ordered, ...single(files, SYSCTL_CONF)]) {
    for (const line of linesOf(text)) {
      const [, name, value] = /^-?([^=\s]+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined)
        found.set(name.replaceAll('/', '.'), { value: value.trim(), path });
    }
  }
  return found;
}

type BootFile = { readonly path: string; readonly name: string; readonly text: string };

function inForce(
  files: BootFiles,
  directories: readonly string[],
  without: readonly string[] = [MODULES_FILE],
): readonly BootFile[] {
  const byName = new Map<string, BootFile>();
  for (const directory of directories) {
    for (const [path, text] of files) {
      const name = path.slice(directory.length + 1);
      const belongs = path.startsWith(`${directory}/`) && name.endsWith('.conf') && !name.includes('/');
      if (belongs && !without.includes(path) && !byName.has(name)) byName.set(name, { path, name, text });
    }
  }
  return [...byName.values()];
}

function single(files: BootFiles, path: string): readonly BootFile[] {
  const text = files.get(path);
  return text === undefined ? [] : [{ path, name: path, text }];
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith(';'));
}

/** Every word that could be a module, of a script that calls modprobe or insmod: `for m in ip_vs ip_vs_rr; do modprobe $m`. */
function modulesOfScript(text: string): readonly string[] {
  if (!/\b(modprobe|insmod)\b/.test(text)) return [];
  const words = linesOf(text).flatMap((line) => line.split(/[^A-Za-z0-9_-]+/));
  return words.map((word) => word.replaceAll('-', '_')).filter((word) => /^[a-z][a-z0-9_]+$/.test(word));
}

function note(found: Map<string, string>, name: string, path: string): void {
  if (!found.has(name)) found.set(name, path);
}
