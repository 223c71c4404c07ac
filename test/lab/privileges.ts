// What the lab needs of the machine, said before anything is tried.
import { readFileSync } from 'node:fs';

/** Bits of the effective capability set, as in linux/capability.h. */
const needed = { CAP_NET_ADMIN: 12n, CAP_SYS_CHROOT: 18n, CAP_SYS_PTRACE: 19n, CAP_SYS_ADMIN: 21n } as const;

export function requirePrivileges(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`the lab needs Linux on amd64, this is ${process.platform} on ${process.arch}`);
  }
  if (process.getuid?.() !== 0) throw new Error('the lab makes namespaces and control groups: run it as root');
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const missing = Object.entries(needed).filter(([, bit]) => (effective & (1n << bit)) === 0n);
  if (missing.length > 0) {
    throw new Error(
      `the lab needs ${missing.map(([name]) => name).join(', ')}: is this a container without --privileged?`,
    );
  }
}
