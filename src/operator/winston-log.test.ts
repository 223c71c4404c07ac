import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { LogFields } from 'kopf-ts';
import { winstonLog, type LogOptions } from './winston-log.ts';

/** What would end a line or act on a terminal: C0, DEL, C1, the line separators, and turned writing. */
const ACTIVE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/; // oxlint-disable-line no-control-regex

const hostile: readonly (readonly [what: string, text: string])[] = [
  ['a line break', 'one\ntwo'],
  ['a forged line', 'one\r\n2026-01-01T00:00:00.000Z info  leading'],
  ['escape sequences', '\u001b[2J\u001b[31mred\u001b]0;title\u0007'],
  ['escape sequences of one character', '\u009b31m\u0085'],
  ['line separators', 'a\u2028b\u2029c'],
  ['turned writing', 'a\u202eb\u2066c'],
  ['quotes and braces', '"},{"level":"error","message":"forged"}'],
  ['format directives', '%s %o {} \\n'],
  ['control characters', '\u007f\b\t\0'],
];

function written(options: Partial<LogOptions>, write: (log: ReturnType<typeof winstonLog>) => void): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  write(winstonLog({ level: 'debug', pretty: false, stream, ...options }));
  return text;
}

function infoLine(pretty: boolean, message: string, fields?: LogFields): string {
  return written({ pretty }, (log) => log.info(message, fields));
}

describe.each([
  ['JSON', false],
  ['readable', true],
])('a %s log', (_, pretty) => {
  it.each(hostile)('writes one line without effect when the message has %s', (_what, text) => {
    const line = infoLine(pretty, text);
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(ACTIVE);
  });

  it.each(hostile)('writes one line without effect when fields and their names have %s', (_what, text) => {
    const line = written({ pretty }, (log) => log.child({ node: text }).warn('x', { [text]: { deep: [text] } }));
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(ACTIVE);
  });

  it('writes one line without effect whatever the characters', () => {
    const every = Array.from({ length: 0x1_0000 }, (_none, code) => String.fromCharCode(code)).join('');
    const line = infoLine(pretty, every, { field: every });
    expect(line.endsWith('\n')).toBe(true);
    expect(ACTIVE.test(line.slice(0, -1))).toBe(false);
  });

  it('does not let a field take the place of level, message or time', () => {
    const line = infoLine(pretty, 'true', { level: 'error', message: 'forged', timestamp: 'never\nerror', stack: 'x' });
    expect(line.slice(0, -1)).not.toMatch(ACTIVE);
    expect(line).toMatch(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/);
    expect(line).toMatch(pretty ? /Z info {2}true \{/ : /"level":"info".*"message":"true"/);
  });

  it('shows the stack of an Error', () => {
    const error = new TypeError('not a node');
    expect(infoLine(pretty, 'failed', { error })).toContain('TypeError: not a node\\n    at ');
  });

  it('writes nothing below its level', () => {
    const text = written({ pretty, level: 'warn' }, (log) => {
      log.debug('a');
      log.info('b');
      log.warn('c');
      log.error('d');
    });
    expect(text.split('\n')).toHaveLength(3);
  });
});

describe('the JSON log', () => {
  it.each(hostile)('keeps the text as it was: %s', (_what, text) => {
    const line = written({}, (log) => log.child({ node: text }).info(text, { why: text }));
    expect(JSON.parse(line)).toMatchObject({ level: 'info', message: text, node: text, why: text });
  });

  it('has the four levels', () => {
    const text = written({}, (log) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    });
    const levels = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; message: string });
    expect(levels.map(({ level }) => level)).toEqual(['debug', 'info', 'warn', 'error']);
  });
});

describe('the readable log', () => {
  it('has time, level, message and fields', () => {
    expect(infoLine(true, 'starting', { server: 'x' })).toMatch(/^\S+Z info {2}starting \{"server":"x"\}\n$/);
    expect(infoLine(true, 'stopped')).toMatch(/^\S+Z info {2}stopped\n$/);
  });
});
