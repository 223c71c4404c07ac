// One line of kube-proxy's log: klog's text format, its structured form, or JSON (logging.format: json).

export type LogLine = {
  readonly level: 'info' | 'warning' | 'error' | 'fatal' | 'unknown';
  readonly message: string;
  /** The err field of a structured line; '' when there is none. */
  readonly error: string;
};

/** Severity, date, time, thread, file:line] – anywhere in the line, as journald and container runtimes put their own words before it. */
const HEADER = /(?:^|\s)([IWEF])[0-9]{4} [0-9:.]+\s+[0-9]+ [^\s\]]+\] /;
const LEVELS = { I: 'info', W: 'warning', E: 'error', F: 'fatal' } as const;

/** The lines of a log, blank ones left out; a value of several lines (`err=<`, the lines, ` >`) becomes one quoted value. */
export function readLog(log: string): readonly LogLine[] {
  const lines: string[] = [];
  let open: { readonly head: string; readonly value: string[] } | undefined;
  const close = (rest: string): void => {
    if (open !== undefined) lines.push(`${open.head}${JSON.stringify(open.value.join('; '))}${rest}`);
    open = undefined;
  };
  for (const line of log.split('\n')) {
    if (open !== undefined && line.startsWith(' >')) close(line.slice(2));
    else if (open !== undefined) open.value.push(line.trim());
    else if (/=<\s*$/.test(line)) open = { head: line.trimEnd().slice(0, -1), value: [] };
    else if (line.trim() !== '') lines.push(line);
  }
  close('');
  return lines.map(readLogLine);
}

/** Never throws; a line in no known format keeps its text and has level `unknown`. */
function readLogLine(line: string): LogLine {
  const json = readJsonLine(line);
  if (json !== undefined) return json;
  const header = HEADER.exec(line);
  if (header === null) return { level: 'unknown', message: line.trim(), error: '' };
  const level = LEVELS[header[1] as keyof typeof LEVELS];
  return { level, ...splitStructured(line.slice(header.index + header[0].length).trim()) };
}

/** `"message" key="value"` (klog's InfoS and ErrorS), or free text. */
function splitStructured(text: string): { readonly message: string; readonly error: string } {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  if (quoted === null) return { message: text, error: '' };
  const error = /\serr="((?:[^"\\]|\\.)*)"/.exec(text.slice(quoted[0].length))?.[1];
  return { message: unquote(quoted[1] ?? ''), error: unquote(error ?? '') };
}

function unquote(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' || escaped === 't' ? ' ' : escaped));
}

function readJsonLine(line: string): LogLine | undefined {
  const start = line.indexOf('{"ts":');
  if (start === -1) return undefined;
  const record = parseRecord(line.slice(start));
  if (record === undefined || typeof record['msg'] !== 'string') return undefined;
  const error = typeof record['err'] === 'string' ? record['err'] : '';
  // component-base's JSON format tells errors from the rest only by the missing verbosity `v`.
  return { level: record['v'] === undefined ? 'error' : 'info', message: record['msg'], error };
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Cut off in the middle, as the first line of a log tail may be: then it is no record.
    return undefined;
  }
}
