// What nodes and users wrote, made fit for a terminal: a status is printed raw by `kubectl get -o jsonpath`, and a control
// character there could hide or rewrite the very lines a person decides on.

// Controls (Cc) except tab and newline; what formats text without being seen (Cf): direction, no width, tags, soft hyphens;
// and Unicode's own separators of lines and paragraphs.
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Every such character as \u{…}; text without them is returned as it is. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
