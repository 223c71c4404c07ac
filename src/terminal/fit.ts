// Text made to fit a terminal line. Everything shown passes through `clean` first, so that one character is one column
// and nothing a node wrote can move the cursor; widths can then be counted instead of measured.

/** Printable ASCII, dashes, quotes and dots; everything else becomes a question mark, line breaks a space. */
export function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[^\u0020-\u007e\u2010-\u2027]/gu, '?');
}

/** At most `width` columns; what is cut off shows as an ellipsis. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 0 ? '' : `${text.slice(0, width - 1)}…`;
}

/** Exactly `width` columns. */
export function fit(text: string, width: number): string {
  return cut(text, width).padEnd(width);
}

/** Broken at spaces into lines of at most `width` columns; what does not fit into `most` lines is cut off. */
export function wrap(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  const kept = lines.slice(0, most).map((one) => cut(one, width));
  const last = kept.at(-1);
  return lines.length <= most || last === undefined
    ? kept
    : [...kept.slice(0, -1), cut(`${last.slice(0, width - 2)} …`, width)];
}
