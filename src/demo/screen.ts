// Where the demo is shown: a terminal, on which one frame is painted over the other, or a pipe, which gets plain lines.
import { moveCursor } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { cut } from './fit.ts';
import { painted, unpainted, type Paint } from './paint.ts';
import { renderEvent } from './render-event.ts';
import { renderFrame, SMALLEST } from './render-frame.ts';
import type { EventView, View } from './view.ts';

export type Screen = {
  readonly live: boolean;
  readonly paint: Paint;
  /** Columns that a line may have; Infinity in a pipe. */
  readonly width: number;
  /** Lines that stay. On a terminal they go below the last frame, and the next one goes below them. */
  say(...lines: readonly string[]): void;
  frame(view: View): void;
  event(event: EventView): void;
  close(): void;
};

export type ScreenOptions = {
  readonly stream: NodeJS.WritableStream;
  readonly colours: boolean;
  readonly dumb: boolean;
};

export function openScreen({ stream, colours, dumb }: ScreenOptions): Screen {
  const paint = colours ? painted : unpainted;
  if (!dumb && isTerminal(stream) && stream.columns >= SMALLEST.columns && stream.rows >= SMALLEST.rows)
    return liveScreen(stream, paint);
  return plainScreen(stream, paint);
}

function isTerminal(stream: NodeJS.WritableStream): stream is WriteStream {
  return 'isTTY' in stream && stream.isTTY === true;
}

function plainScreen(stream: NodeJS.WritableStream, paint: Paint): Screen {
  const say = (...lines: readonly string[]): void => void stream.write(lines.map((line) => `${line}\n`).join(''));
  return {
    live: false,
    paint,
    width: Infinity,
    say,
    frame: () => undefined,
    event: (event) => say(renderEvent(event, Infinity, paint)),
    close: () => undefined,
  };
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Terminals that know it show a frame at once or not at all; others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
/** Line by line: what is cleared at once goes into the scrollback of some terminals, ten times a second. */
const CLEAR_TO_END_OF_LINE = '\u001b[K';

function liveScreen(stream: WriteStream, paint: Paint): Screen {
  /** Lines of the frame above the cursor. */
  let height = 0;
  // After a change of size nobody knows where the frame has gone.
  const forget = (): void => {
    if (height > 0) stream.write('\u001b[2J\u001b[H');
    height = 0;
  };
  stream.on('resize', forget);
  stream.write(HIDE_CURSOR);
  return {
    live: true,
    paint,
    get width() {
      return stream.columns;
    },
    say(...lines) {
      height = 0;
      stream.write(lines.map((line) => `${line}\n`).join(''));
    },
    frame(view) {
      const lines = renderFrame(view, { columns: stream.columns, rows: stream.rows }, paint);
      stream.write(BEGIN_FRAME);
      if (height > 0) moveCursor(stream, 0, -height);
      stream.write(`${lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('')}${END_FRAME}`);
      height = lines.length;
    },
    event: () => undefined,
    close() {
      stream.off('resize', forget);
      stream.write(SHOW_CURSOR);
    },
  };
}

/** A command as a person would have typed it, and what it answered. */
export function sayCommand(screen: Screen, command: string, answer: readonly string[] = []): void {
  screen.say('', `${screen.paint('quiet', '$')} ${command}`, ...answer.map((line) => cut(line, screen.width)));
}
