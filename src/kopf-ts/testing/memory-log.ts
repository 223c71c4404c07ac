// A log that keeps its lines, for tests that ask what was said.
import type { Log, LogFields } from '../types.ts';

export type Line = {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
};

export type MemoryLog = Log & { readonly lines: readonly Line[] };

export function createMemoryLog(lines: Line[] = [], bound: LogFields = {}): MemoryLog {
  const write =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields: { ...bound, ...fields } });
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createMemoryLog(lines, { ...bound, ...fields }),
  };
}
