// The names the world uses for what kube-proxy can be: every mode it ever had on Linux, and the two IP families.
import type { ProxyMode } from '../../api/fields.ts';

/** `userspace` existed up to 1.25: configured on purpose, or as the second fallback. */
export type Mode = ProxyMode | 'userspace';

export type Family = 'IPv4' | 'IPv6';
/** kube-proxy runs both families wherever the kernel has them, also in single-stack clusters; IPv4 is synced first. */
export const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];
