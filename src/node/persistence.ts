// What a node loads and sets at boot by itself, from its configuration files. Pure.
// Sources: modules-load.d(5), sysctl.d(5); /etc/sysconfig/modules/*.modules is RHEL's up to 7.
//
// What was read of the node has neither symbolic links nor empty files (node-files.ts), and by these a file in /etc takes its
// namesake in /usr/lib away. So nothing is believed that could be masked: a line of our own beside somebody's harms nobody, and
// one that is missing after a reboot is an outage.
import { MODULES_FILE, type SysctlLine } from './own-files.ts';

const MODULES_DIRECTORY = '/etc/modules-load.d';
/** In the order of precedence: of files with the same name only the first counts. */
const SYSCTL_DIRECTORIES = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];
const SCRIPTS = '/etc/sysconfig/modules';
const SYSCTL_CONF = '/etc/sysctl.conf';

/** What has to be read for the two functions below. */
export const BOOT_FILES: readonly string[] = [MODULES_DIRECTORY, SCRIPTS, ...SYSCTL_DIRECTORIES, SYSCTL_CONF];

export type BootFiles = ReadonlyMap<string, string>;

/**
 * Module → the file that has it loaded at boot: one in /etc, which nothing masks. Our own file is left out; so is Debian's
 * /etc/modules, which is read by way of a link that may not be there.
 */
export function modulesAtBoot(files: BootFiles): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [path, text] of files) {
    for (const name of modulesOf(path, text)) if (!found.has(name)) found.set(name, path);
  }
  return found;
}

function modulesOf(path: string, text: string): readonly string[] {
  if (path === MODULES_FILE) return [];
  if (isIn(MODULES_DIRECTORY, path, '.conf')) return linesOf(text).map((line) => line.replaceAll('-', '_'));
  return isIn(SCRIPTS, path, '.modules') ? modulesOfScript(text) : [];
}

export type BootSysctl = { readonly value: string; readonly path: string };

/** Who sets it to another value at boot, after our own file or with the last word anyway. With what is masked for all we see. */
export function overrulingAtBoot(files: BootFiles, { name, value }: SysctlLine): readonly BootSysctl[] {
  // Debian reads it as 99-sysctl.conf, procps after everything else, others not at all.
  const conf = lastOf(name, single(files, SYSCTL_CONF));
  const ordered = inForce(files).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [lastOf(name, ordered), conf].flatMap((each) => (each === undefined || each.value === value ? [] : [each]));
}

type BootFile = { readonly path: string; readonly name: string; readonly text: string };

function lastOf(sysctl: string, files: readonly BootFile[]): BootSysctl | undefined {
  const settings = files.flatMap(({ path, text }) =>
    linesOf(text).map((line) => ({ path, parts: /^-?([^=\s]+)\s*=\s*(.*)$/.exec(line) })),
  );
  const last = settings.findLast(({ parts }) => parts?.[1]?.replaceAll('/', '.') === sysctl);
  return last && { value: last.parts?.[2]?.trim() ?? '', path: last.path };
}

function inForce(files: BootFiles): readonly BootFile[] {
  const byName = new Map<string, BootFile>();
  for (const directory of SYSCTL_DIRECTORIES) {
    for (const [path, text] of files) {
      const name = path.slice(directory.length + 1);
      if (isIn(directory, path, '.conf') && !byName.has(name)) byName.set(name, { path, name, text });
    }
  }
  return [...byName.values()];
}

function isIn(directory: string, path: string, ending: string): boolean {
  return path.startsWith(`${directory}/`) && path.endsWith(ending) && !path.slice(directory.length + 1).includes('/');
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

const PLAIN =
  /^(?:\/(?:usr\/)?sbin\/)?modprobe\s+(?:--\s+)?([A-Za-z0-9_][A-Za-z0-9_-]*)(?:\s*>\s*\/dev\/null(?:\s+2>&1)?)?$/;

/** Of a script that does nothing but call modprobe, line by line. What another one does, only a shell can tell. */
function modulesOfScript(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !/^\s*(?:#.*)?$/.test(line));
  const names = lines.map((line) => PLAIN.exec(line.trim())?.[1]);
  return names.every((name) => name !== undefined) ? names.map((name) => name.replaceAll('-', '_')) : [];
}
