import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { openScreen, sayCommand, type Screen } from './screen.ts';
import type { View } from './view.ts';

class Terminal extends EventEmitter {
  readonly isTTY: boolean;
  columns = 80;
  rows = 24;
  written = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  taken(): string {
    const text = this.written;
    this.written = '';
    return text;
  }
}

const view: View = {
  cluster: 'a cluster',
  elapsed: 0,
  story: 'a story',
  command: 'kubectl get pmm -w',
  nodes: [],
  phase: '',
  message: '',
  events: [],
};
const event = { at: 1000, about: 'n1', bad: false, phase: 'Switched', reason: 'Switched', note: 'runs nftables' };
const ESC = '\u001b';

function open(terminal: Terminal, options: { dumb?: boolean } = {}): Screen {
  return openScreen({ stream: terminal as unknown as WriteStream, colours: false, dumb: options.dumb ?? false });
}

describe('a pipe', () => {
  it('gets one line an event, no frames, and no escape sequence', () => {
    const terminal = new Terminal(false);
    const screen = open(terminal);
    screen.frame(view);
    screen.event(event);
    sayCommand(screen, 'kubectl get pmm', ['x'.repeat(200)]);
    screen.close();
    expect(terminal.written).toBe(
      `0:01  n1          Switched      runs nftables\n\n$ kubectl get pmm\n${'x'.repeat(200)}\n`,
    );
  });

  it.each<[string, (terminal: Terminal) => boolean]>([
    ['that is too narrow', (terminal) => ((terminal.columns = 60), false)],
    ['that is too low', (terminal) => ((terminal.rows = 10), false)],
    ['that is dumb', () => true],
  ])('is what a terminal is taken for %s', (_what, change) => {
    const terminal = new Terminal(true);
    expect(open(terminal, { dumb: change(terminal) }).live).toBe(false);
  });
});

describe('a terminal', () => {
  it('hides the cursor, paints every frame over the last one, and shows the cursor again', () => {
    const terminal = new Terminal(true);
    const screen = open(terminal);
    expect(terminal.taken()).toBe(`${ESC}[?25l`);
    screen.frame(view);
    const first = terminal.taken();
    expect(first.split('\n')).toHaveLength(24);
    expect(first).not.toContain(`${ESC}[23A`);
    screen.frame(view);
    expect(terminal.taken()).toBe(first.replace(`${ESC}[?2026h`, `${ESC}[?2026h${ESC}[23A`));
    screen.close();
    expect(terminal.taken()).toBe(`${ESC}[?25h`);
  });

  it('leaves the last frame above what is said, and begins the next one below', () => {
    const terminal = new Terminal(true);
    const screen = open(terminal);
    screen.frame(view);
    terminal.taken();
    sayCommand(screen, 'kubectl get pmm', ['x'.repeat(200)]);
    expect(terminal.taken()).toBe(`\n$ kubectl get pmm\n${'x'.repeat(79)}…\n`);
    screen.frame(view);
    expect(terminal.taken()).not.toContain(`${ESC}[23A`);
  });

  it('begins anew when its size changes', () => {
    const terminal = new Terminal(true);
    const screen = open(terminal);
    screen.frame(view);
    terminal.taken();
    terminal.rows = 40;
    terminal.emit('resize');
    expect(terminal.taken()).toBe(`${ESC}[2J${ESC}[H`);
    screen.frame(view);
    expect(terminal.taken().split('\n')).toHaveLength(31);
    screen.close();
    expect(terminal.listenerCount('resize')).toBe(0);
  });

  it('shows events in its frames only', () => {
    const terminal = new Terminal(true);
    const screen = open(terminal);
    terminal.taken();
    screen.event(event);
    expect(terminal.taken()).toBe('');
  });
});
