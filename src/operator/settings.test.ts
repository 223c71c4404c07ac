import { describe, expect, it } from 'vitest';
import { httpAddress, logLevel } from './settings.ts';

describe('httpAddress', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['operator.example:65535', { host: 'operator.example', port: 65_535 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    [':8080', { host: '', port: 8080 }],
  ])('reads %s', (text, address) => {
    expect(httpAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '8080',
    'localhost',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '127.0.0.1:1e3',
    '127.0.0.1: 80',
    '127.0.0.1:0x50',
    '::1',
    '::1:8080',
    '[::1]',
    'http://127.0.0.1:8080',
    'two words:80',
  ])('refuses %j, and says what it wants', (text) => {
    expect(() => httpAddress(text)).toThrow(/HTTP_ADDRESS must be host:port.*127\.0\.0\.1:8080/);
  });
});

describe('logLevel', () => {
  it('knows the levels the operator writes, however they are spelt', () => {
    expect(['error', 'warn', 'info', 'debug', 'DEBUG'].map(logLevel)).toEqual([
      'error',
      'warn',
      'info',
      'debug',
      'debug',
    ]);
  });

  it('refuses a level that would keep the log empty', () => {
    expect(() => logLevel('warning')).toThrow('LOG_LEVEL must be one of error, warn, info, debug, not "warning"');
    expect(() => logLevel('')).toThrow('LOG_LEVEL');
  });
});
