// Names of modules and sysctls: what may become an argument of modprobe, a line of a file, or a path below /proc/sys.

/** As in /proc/modules: no dash, no path, no option. */
export function isKernelModule(name: string): boolean {
  return /^[a-z0-9_]{1,64}$/.test(name);
}

/** @param name of a sysctl that is known here: anybody else's could be a path to anywhere. */
export function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

/** One number: all sysctls that are set here are switches. */
export function isSwitch(value: string): boolean {
  return /^\d{1,3}$/.test(value);
}
