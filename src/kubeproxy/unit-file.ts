// What `systemctl cat` prints of a unit: its file and its drop-ins, in the order systemd reads them.

export type EnvironmentFile = { readonly path: string; /** Written with a leading `-`. */ readonly optional: boolean };

export type UnitFile = {
  /** ExecStart lines that count, as written. More than one only where Type=oneshot. */
  readonly execStart: readonly string[];
  /** Values of Environment=, as written: each is a list of quoted assignments. */
  readonly environment: readonly string[];
  readonly environmentFiles: readonly EnvironmentFile[];
};

/** Settings of [Service] that are lists: a value is added, and an empty value forgets those before it (systemd.service(5)). */
const LISTS: ReadonlySet<string> = new Set(['ExecStart', 'Environment', 'EnvironmentFile']);

/** `name` is the unit's full name; specifiers are put in where the unit itself tells them. Never throws. */
export function parseUnitFile(text: string, name: string): UnitFile {
  const lists = new Map<string, readonly string[]>();
  let section = '';
  for (const line of logicalLines(text)) {
    const header = /^\[([^\]]*)\]$/.exec(line);
    if (header !== null) {
      section = header[1] ?? '';
      continue;
    }
    const [, key = '', value = ''] = /^([A-Za-z]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (section !== 'Service' || !LISTS.has(key)) continue;
    lists.set(key, value === '' ? [] : [...(lists.get(key) ?? []), value]);
  }
  const list = (key: string): readonly string[] => (lists.get(key) ?? []).map((value) => putIn(value, name));
  return {
    execStart: list('ExecStart'),
    environment: list('Environment'),
    environmentFiles: list('EnvironmentFile').map((value) =>
      value.startsWith('-') ? { path: value.slice(1), optional: true } : { path: value, optional: false },
    ),
  };
}

/** config_parse() of src/shared/conf-parser.c: a backslash at the end joins the next line by a space; comments in between are dropped. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let open = '';
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trimStart();
    if (/^[#;]/.test(line)) continue;
    const joined = open + (open === '' ? line : raw);
    const backslashes = /\\*$/.exec(joined)?.[0].length ?? 0;
    if (backslashes % 2 === 1) open = `${joined.slice(0, -1)} `;
    else {
      open = '';
      if (joined.trim() !== '') lines.push(joined.trim());
    }
  }
  return open.trim() === '' ? lines : [...lines, open.trim()];
}

/** The specifiers of systemd.unit(5) that the name alone decides; all others stay as they are written. */
function putIn(value: string, name: string): string {
  const [, prefix = name, instance = ''] = /^([^@]*)(?:@(.*))?\.[a-z]+$/.exec(name) ?? [];
  const stem = name.replace(/\.[a-z]+$/, '');
  const known: Readonly<Record<string, string>> = { '%': '%', n: name, N: stem, p: prefix, i: instance };
  return value.replaceAll(/%([%nNpi])/g, (written, letter: string) => known[letter] ?? written);
}
