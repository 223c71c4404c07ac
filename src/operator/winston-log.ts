// winston behind the runtime's `Log`: JSON lines in a cluster, readable lines on a terminal.
import type { Log, LogFields } from 'kopf-ts';
import { createLogger, format, transports, type Logger } from 'winston';

export type LogOptions = { readonly level: string; readonly pretty: boolean; readonly stream?: NodeJS.WritableStream };

export function winstonLog({ level, pretty, stream = process.stderr }: LogOptions): Log {
  const shape = pretty ? format.printf(line) : format.json();
  return wrap(
    createLogger({
      level,
      format: format.combine(format.timestamp(), shape),
      transports: [new transports.Stream({ stream })],
    }),
  );
}

/** Fields are written as JSON, so that nothing a node or a user wrote can end a line or move the cursor. */
function line({ timestamp, level, message, ...fields }: Record<string, unknown>): string {
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${String(timestamp)} ${String(level).padEnd(5)} ${JSON.stringify(String(message)).slice(1, -1)}${rest}`;
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields: LogFields = {}) => void logger.debug(message, { ...fields }),
    info: (message, fields: LogFields = {}) => void logger.info(message, { ...fields }),
    warn: (message, fields: LogFields = {}) => void logger.warn(message, { ...fields }),
    error: (message, fields: LogFields = {}) => void logger.error(message, { ...fields }),
    child: (fields) => wrap(logger.child({ ...fields })),
  };
}
