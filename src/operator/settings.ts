// What the environment may say to the operator process, checked before anything is begun. main.ts reads it.

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** `LOG_LEVEL`. A level that does not exist would be a log that stays empty. */
export function logLevel(text: string): LogLevel {
  const level = LEVELS.find((known) => known === text.toLowerCase());
  if (level === undefined) throw new Error(`LOG_LEVEL must be one of ${LEVELS.join(', ')}, not "${text}"`);
  return level;
}

/** `HTTP_ADDRESS`, as host:port, [IPv6]:port, or :port for all addresses. Port 0 is any free one. */
export function httpAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new Error(`HTTP_ADDRESS must be host:port, for example 127.0.0.1:8080 or [::1]:8080, not "${text}"`);
  }
  return { host: bracketed ?? plain ?? '', port };
}
