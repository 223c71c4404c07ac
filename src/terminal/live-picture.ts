// A picture on a terminal, one frame painted over the other. What is said goes below the last frame and stays.
import { moveCursor } from 'node:readline';
import type { Writable } from 'node:stream';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Terminals that know it show a frame at once or not at all; others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';
/** Line by line: what is cleared at once goes into the scrollback of some terminals, ten times a second. */
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_ALL = '\u001b[2J\u001b[H';

export type LivePicture = {
  /** No line wider than the terminal, and fewer lines than it has. The cursor rests on the line below. */
  frame(lines: readonly string[]): void;
  /** Lines that stay. The next frame goes below them. */
  say(...lines: readonly string[]): void;
  close(): void;
};

export function livePicture(stream: Writable): LivePicture {
  /** Lines of the frame above the cursor. */
  let height = 0;
  // After a change of size nobody knows where the frame has gone.
  const forget = (): void => {
    if (height > 0) stream.write(CLEAR_ALL);
    height = 0;
  };
  stream.on('resize', forget);
  stream.write(HIDE_CURSOR);
  return {
    frame(lines) {
      stream.write(BEGIN_FRAME);
      if (height > 0) moveCursor(stream, 0, -height);
      const rest = lines.length < height ? CLEAR_BELOW : '';
      stream.write(`${lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('')}${rest}${END_FRAME}`);
      height = lines.length;
    },
    say(...lines) {
      height = 0;
      stream.write(lines.map((line) => `${line}\n`).join(''));
    },
    close() {
      stream.off('resize', forget);
      stream.write(SHOW_CURSOR);
    },
  };
}
