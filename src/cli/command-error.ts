// Ends a command with one sentence for the person who typed it, without a stack: nothing is broken.

export class CommandError extends Error {
  override readonly name = 'CommandError';
}
