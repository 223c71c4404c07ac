// Where the demo is shown: a terminal, on which one frame is painted over the other, or a pipe, which gets plain lines.
import type { WriteStream } from 'node:tty';
import { cut } from '../terminal/fit.ts';
import { livePicture } from '../terminal/live-picture.ts';
import { painted, unpainted, type Paint } from '../terminal/paint.ts';
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

function liveScreen(stream: WriteStream, paint: Paint): Screen {
  const { say, frame, close } = livePicture(stream);
  return {
    live: true,
    paint,
    get width() {
      return stream.columns;
    },
    say,
    frame: (view) => frame(renderFrame(view, { columns: stream.columns, rows: stream.rows }, paint)),
    event: () => undefined,
    close,
  };
}

/** A command as a person would have typed it, and what it answered. */
export function sayCommand(screen: Screen, command: string, answer: readonly string[] = []): void {
  screen.say('', `${screen.paint('quiet', '$')} ${command}`, ...answer.map((line) => cut(line, screen.width)));
}
