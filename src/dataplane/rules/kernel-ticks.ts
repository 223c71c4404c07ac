// Ticks of the kernel a second (CONFIG_HZ). /proc/net/ip_vs counts in them and does not say how many there are.

/** Debian, Ubuntu up to 24.04, SUSE. */
export const USUAL_TICKS = 250;

/** All that kernels for x86 and arm64 can be built with. */
export const TICKS: readonly number[] = [USUAL_TICKS, 1000, 100, 300];
