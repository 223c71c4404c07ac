// What the readers and editors of this room answer instead of throwing: a sentence for a person.

/** `message` says what, where (line and column when known) and what to do. `line` counts from 1. */
export type Problem = { readonly kind: 'problem'; readonly message: string; readonly line?: number };

export function problem(message: string, line?: number): Problem {
  return line === undefined ? { kind: 'problem', message } : { kind: 'problem', message, line };
}
