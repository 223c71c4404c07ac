// One counter of a Prometheus text, summed over its labels.
import { linesOf } from './lines.ts';

/** undefined when there is no such sample. */
export function counterTotal(metrics: string, name: string): number | undefined {
  const values = linesOf(metrics).flatMap((line) => {
    if (!line.startsWith(name) || !/^[{ ]/.test(line.slice(name.length))) return [];
    const value = Number(/ (\S+)$/.exec(line)?.[1]);
    return Number.isFinite(value) ? [value] : [];
  });
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
