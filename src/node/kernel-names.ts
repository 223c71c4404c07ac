// Names of modules and sysctls: what may become an argument of modprobe, a line of a file, or a path below /proc/sys.

/** As in /proc/modules: no dash, no path, no option. */
export function isKernelModule(name: string): boolean {
  return /^[a-z0-9_]{1,64}$/.test(name);
}

/** Dotted: `net.ipv4.ip_forward`. Names with an interface in them that has a dot are not needed here. */
export function isSysctl(name: string): boolean {
  return name.length <= 128 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name);
}

/** @param name one that `isSysctl`. */
export function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

/** One line without anything that could become another. */
export function isSysctlValue(value: string): boolean {
  return value.length <= 256 && /^[-A-Za-z0-9_.,:/ \t]*$/.test(value);
}
