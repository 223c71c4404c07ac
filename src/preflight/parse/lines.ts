// Texts of commands, line by line.

/** Without line ends and empty lines. */
export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '');
}

/** `NAME=value` lines, quotes around the value removed: os-release(5). Other lines are passed over. */
export function assignments(text: string): Readonly<Record<string, string>> {
  const pairs = linesOf(text).flatMap((line) => {
    const match = /^([A-Za-z0-9_]+)=(.*)$/.exec(line);
    return match === null ? [] : [[match[1] ?? '', (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const];
  });
  return Object.fromEntries(pairs);
}

/** `/proc/sys/net/ipv4/ip_forward:1`, as `grep -H` prints files, to dotted names. */
export function sysctls(text: string): Readonly<Record<string, string>> {
  const pairs = linesOf(text).flatMap((line) => {
    const match = /^\/proc\/sys\/([^:]+):(.*)$/.exec(line);
    return match === null ? [] : [[(match[1] ?? '').replaceAll('/', '.'), (match[2] ?? '').trim()] as const];
  });
  return Object.fromEntries(pairs);
}

/** `CONFIG_IP_VS=m` and `# CONFIG_NFT_FIB_IPV4 is not set`, to y, m and n without the prefix. The first of two wins: files come in order of trust. */
export function kernelOptions(text: string): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  for (const line of linesOf(text)) {
    const match = /^(?:# )?CONFIG_([A-Z0-9_]+)(?:=([ymn])| is not set)/.exec(line);
    if (match?.[1] !== undefined) options[match[1]] ??= match[2] ?? 'n';
  }
  return options;
}
