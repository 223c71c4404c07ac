// A kernel's release as `uname -r` prints it, as far as needs depend on it.

export type KernelVersion = { readonly major: number; readonly minor: number };

/** `6.1.0-31-amd64`, `5.14.0-427.el9.x86_64`, `3.10.0-1160.el7.x86_64`; undefined when it does not begin like one. */
export function parseKernel(release: string): KernelVersion | undefined {
  const match = /^\s*([0-9]{1,3})\.([0-9]{1,4})(?![0-9])/.exec(release);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** undefined when the release cannot be read: whoever asks has to choose the careful side. */
export function isKernelBefore(release: string, major: number, minor: number): boolean | undefined {
  const kernel = parseKernel(release);
  if (kernel === undefined) return undefined;
  return kernel.major < major || (kernel.major === major && kernel.minor < minor);
}
