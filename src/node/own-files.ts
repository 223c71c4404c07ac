// The two files this program writes on a node so that a reboot changes nothing, as texts. Pure: lines are added and taken
// away, and the same lines make the same text, in whatever order and however often they were asked for.

export const MODULES_FILE = '/etc/modules-load.d/proxymode.conf';
export const SYSCTLS_FILE = '/etc/sysctl.d/99-proxymode.conf';

/** They must exist before anything is written; a helper pod needs them as mounts. */
export const OWN_DIRECTORIES: readonly string[] = ['/etc/modules-load.d', '/etc/sysctl.d'];

const HEADER = (
  what: string,
  where: string,
): string => `# Written by Proxymode (proxymode.dev): ${what} that kube-proxy's mode needs.
# A migration that is rolled back takes its lines out again. Keep your own in another file of ${where}.
`;

const MODULES_HEADER = HEADER('kernel modules', '/etc/modules-load.d');
const SYSCTLS_HEADER = HEADER('sysctls', '/etc/sysctl.d');

export type SysctlLine = { readonly name: string; readonly value: string };

/** '' when no module is left: then there is no file. `text` is '' when there is none yet. */
export function modulesFile(
  text: string,
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): string {
  const { add = [], remove = [] } = change;
  const names = new Set([...settings(text), ...add].filter((name) => !remove.includes(name)));
  return render(MODULES_HEADER, [...names]);
}

/** The same for sysctls; an added one replaces what was there for it. */
export function sysctlsFile(
  text: string,
  change: { readonly add?: readonly SysctlLine[]; readonly remove?: readonly string[] },
): string {
  const { add = [], remove = [] } = change;
  const before = settings(text).map((line) => [line.split('=', 1)[0]?.trim() ?? '', line] as const);
  const lines = new Map([...before, ...add.map(({ name, value }) => [name, `${name} = ${value}`] as const)]);
  for (const name of remove) lines.delete(name);
  return render(SYSCTLS_HEADER, [...lines.values()]);
}

function settings(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith(';'));
}

function render(header: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `${header}${lines.toSorted().join('\n')}\n`;
}
