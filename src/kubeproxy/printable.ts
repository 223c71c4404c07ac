// What nodes and users wrote, made fit for a terminal: a status is printed raw by `kubectl get -o jsonpath`, and a control
// character there could hide or rewrite the very lines a person decides on.

// C0 except tab and newline, DEL, C1, and the characters that turn the direction of text or have no width.
// oxlint-disable-next-line no-control-regex -- these are what it is about
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Every such character as \u{…}; text without them is returned as it is. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
