// How many of what, as people write it.

/** 1 node, 2 nodes. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
