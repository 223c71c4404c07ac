// Keys with a due time, soonest first: a binary heap. Each key is in it once; asking again keeps the earlier time.

type Item = { readonly key: string; readonly due: number };

export type DelayHeap = {
  /** The earlier of the due times given for a key counts. */
  add(key: string, due: number): void;
  remove(key: string): void;
  /** The earliest due time. */
  readonly next: number | undefined;
  /** Removes and returns every key due at `now`. */
  takeDue(now: number): readonly string[];
};

export function createDelayHeap(): DelayHeap {
  // The map is the truth; heap items it does not confirm are leftovers of removed or hastened keys.
  const dueOf = new Map<string, number>();
  const heap: Item[] = [];

  function dropLeftovers(): void {
    for (let top = heap[0]; top !== undefined && dueOf.get(top.key) !== top.due; top = heap[0]) pop(heap);
  }

  return {
    add(key, due) {
      const known = dueOf.get(key);
      if (known !== undefined && known <= due) return;
      dueOf.set(key, due);
      push(heap, { key, due });
    },
    remove: (key) => void dueOf.delete(key),
    get next() {
      dropLeftovers();
      return heap[0]?.due;
    },
    takeDue(now) {
      const due: string[] = [];
      dropLeftovers();
      for (let top = heap[0]; top !== undefined && top.due <= now; top = heap[0]) {
        pop(heap);
        dueOf.delete(top.key);
        due.push(top.key);
        dropLeftovers();
      }
      return due;
    },
  };
}

function push(heap: Item[], item: Item): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (dueAt(heap, parent) <= item.due) break;
    swap(heap, at, parent);
    at = parent;
  }
}

function pop(heap: Item[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const smaller = dueAt(heap, left + 1) < dueAt(heap, left) ? left + 1 : left;
    if (dueAt(heap, smaller) >= last.due) return;
    swap(heap, at, smaller);
    at = smaller;
  }
}

function dueAt(heap: readonly Item[], at: number): number {
  return heap[at]?.due ?? Infinity;
}

function swap(heap: Item[], a: number, b: number): void {
  const [first, second] = [heap[a], heap[b]];
  if (first === undefined || second === undefined) return;
  heap[a] = second;
  heap[b] = first;
}
