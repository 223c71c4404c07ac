// Go's duration syntax as the API restricts it (whole units), to milliseconds.
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** '1h30m' → 5400000. The schema has already refused anything that does not match. */
export function milliseconds(duration: string): number {
  let total = 0;
  for (const [, digits, unit] of duration.matchAll(/([0-9]+)(ms|h|m|s)/g))
    total += Number(digits) * (UNITS[unit ?? ''] ?? 0);
  return total;
}

/** 95000 → '1m35s', for messages. */
export function humanDuration(total: number): string {
  const seconds = Math.round(total / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
