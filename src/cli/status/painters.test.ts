import { describe, expect, it } from 'vitest';
import { NOW, migration, record } from '../testing/migration.ts';
import { fakeTerminal } from '../testing/terminal.ts';
import { linePainter, picturePainter } from './painters.ts';
import type { StatusView } from './render-status.ts';

const zones = new Map<string, string>();
const view = (parts: Partial<StatusView> = {}): StatusView => ({
  migration: migration(),
  records: [],
  zones,
  now: NOW,
  ...parts,
});
const at = (progress: string, message: string): StatusView['migration'] => migration({ status: { progress, message } });

describe('where nobody looks', () => {
  it('each change is a line, and what was so before is none', () => {
    const terminal = fakeTerminal();
    const painter = linePainter(terminal);
    const pending = [record('n1', 'Switched'), record('n2', 'Pending')];
    painter.show(view({ migration: at('1/2', 'one of two'), records: pending }));
    painter.show(view({ migration: at('1/2', 'replacing a pod'), records: pending }));
    const moving = [record('n1', 'Switched'), record('n2', 'Switching', { message: 'replacing pod x' })];
    painter.show(view({ migration: at('1/2', 'replacing a pod'), records: moving, now: NOW + 1000 }));
    const done = [record('n1', 'Switched'), record('n2', 'Switched')];
    painter.show(view({ migration: at('2/2', 'all'), records: done, now: NOW + 2000 }));
    const over = migration({ status: { phase: 'Succeeded', progress: '2/2', message: 'every node' } });
    painter.show(view({ migration: over, records: done, now: NOW + 3000 }));
    painter.close();
    expect(terminal.said.stdout.split('\n')).toEqual([
      '09:00:00Z  to-nftables  Progressing 1/2: one of two',
      '09:00:01Z  n2  Switching: replacing pod x',
      '09:00:02Z  n2  Switched',
      '09:00:02Z  to-nftables  Progressing 2/2',
      '09:00:03Z  to-nftables  Succeeded 2/2: every node',
      '',
    ]);
  });

  it('another message is news where the migration stands still', () => {
    const terminal = fakeTerminal();
    const painter = linePainter(terminal);
    const blocked = (message: string): StatusView =>
      view({ migration: migration({ status: { phase: 'Blocked', message } }) });
    for (const message of ['one rule', 'one rule', 'another rule']) painter.show(blocked(message));
    expect(terminal.said.stdout).toBe(
      '09:00:00Z  to-nftables  Blocked: one rule\n09:00:00Z  to-nftables  Blocked: another rule\n',
    );
  });
});

it('on a terminal every picture covers the last one and stays within the window', () => {
  const terminal = fakeTerminal({ columns: 80, rows: 20, live: true });
  const painter = picturePainter(terminal);
  const records = Array.from({ length: 12 }, (_, index) => record(`n${index}`, 'Pending'));
  painter.show(view({ records }));
  const first = terminal.said.stdout;
  const height = first.split('\n').length - 1;
  painter.show(view({ records }));
  painter.close();
  expect(height).toBeLessThan(20);
  expect(terminal.said.stdout.slice(first.length)).toContain(`\u001b[${height}A`);
  expect(terminal.said.stdout.endsWith('\u001b[?25h')).toBe(true);
});

it('the last picture is printed whole, however low the window: at its end stands what to do', () => {
  const terminal = fakeTerminal({ columns: 80, rows: 8, live: true });
  const painter = picturePainter(terminal);
  const records = Array.from({ length: 12 }, (_, index) => record(`n${index}`, 'Pending'));
  const failed = migration({ is: ['Stalled', 'NodeFailed'], status: { phase: 'Failed', message: 'n3 failed' } });
  painter.show(view({ migration: failed, records }));
  expect(terminal.said.stdout).not.toContain('kubectl proxymode retry');
  painter.showLast(view({ migration: failed, records }));
  painter.close();
  expect(terminal.said.stdout).toContain('kubectl proxymode retry to-nftables');
});
