// Whatever the output, it ends up on somebody's terminal, and much of it was written by others.
import { printable } from '../kubeproxy/printable.ts';

/** The same value with every text made printable. */
export function harmless<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(harmless) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, harmless(own)])) as T;
}
