// winston behind the runtime's `Log`: JSON lines in a cluster, readable lines on a terminal.
import type { Log, LogFields } from 'kopf-ts';
import { createLogger, format, transports, type Logger } from 'winston';

export type LogOptions = { readonly level: string; readonly pretty: boolean; readonly stream?: NodeJS.WritableStream };

export function winstonLog({ level, pretty, stream = process.stderr }: LogOptions): Log {
  const shape = pretty ? format.printf(line) : format.json();
  return wrap(
    createLogger({
      level,
      format: format.combine(format.timestamp(), shape, visible()),
      transports: [new transports.Stream({ stream })],
    }),
  );
}

/** Fields are written as JSON, so that nothing a node or a user wrote can end a line or move the cursor. */
function line({ timestamp, level, message, ...fields }: Record<string, unknown>): string {
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${String(timestamp)} ${String(level).padEnd(5)} ${JSON.stringify(String(message)).slice(1, -1)}${rest}`;
}

/** Where winston keeps the finished line. */
const LINE = Symbol.for('message');

/**
 * JSON escapes the C0 controls only. What is left: DEL and the C1 controls (U+009B begins an escape sequence like ESC [
 * does), the line separators, and what turns the direction of writing round.
 */
const INVISIBLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const visible = format((info) => {
  const escaped = String(info[LINE]).replaceAll(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Object.assign(info, { [LINE]: escaped });
});

/** As one object: given separately, fields would be taken for what a `%s` in the message means. */
function wrap(logger: Logger): Log {
  const write =
    (level: keyof Omit<Log, 'child'>) =>
    (message: string, fields: LogFields = {}): void =>
      void logger.log({ ...readable(fields), level, message });
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(logger.child(readable(fields))),
  };
}

/** What every line has: a field of that name would take its place. */
const OWN: ReadonlySet<string> = new Set(['level', 'message', 'timestamp']);

/** An Error would be empty as JSON. */
function readable(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      OWN.has(name) ? `${name}_` : name,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
}
