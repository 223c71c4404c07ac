// Markdown of what others wrote: whatever they wrote, it stays text.

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** What was observed must not become markup. References to issues (owner/repo#1) stay as they are: trackers link them. */
export function text(value: string): string {
  return value
    .replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`)
    .replaceAll(/\s+/g, ' ')
    .replace(/^(?=[#+-])|(?<=^\d+)(?=[.)])/, '\\');
}

/** A code span has no escapes, and a table no bar in it. */
export function code(value: string): string {
  return `\`${value.replaceAll(/[`|\s]+/g, ' ').trim()}\``;
}

/** With a fence longer than any in the text. */
export function fenced(value: string): readonly string[] {
  const longest = Math.max(2, ...[...value.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...value.split('\n'), fence];
}
