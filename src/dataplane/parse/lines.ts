// One line after another without a second copy of the text.

export function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    yield text.slice(start, text.charCodeAt(stop - 1) === CARRIAGE_RETURN && stop > start ? stop - 1 : stop);
    start = stop + 1;
  }
}

const CARRIAGE_RETURN = 13;
