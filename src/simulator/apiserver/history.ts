// What a watch can be resumed from: the last changes of one resource, in order. What falls out of the window is "too old",
// as after etcd's compaction.
import type { StoreEvent } from '../types.ts';

export type Change = StoreEvent & { readonly version: number };

export type History = {
  append(change: Change): void;
  /** Everything after `version`, oldest first; `tooOld` when the window no longer reaches back that far. */
  since(version: number): readonly Change[] | 'tooOld';
  /** The oldest version a watch can start from. */
  readonly floor: number;
  /** Forgets everything: every version before `version` is too old from now on. */
  compact(version: number): void;
};

/** Keeps at most `size` changes. `floor` is the version before which nothing is known. */
export function createHistory(size: number, startAt: number): History {
  let ring: Change[] = [];
  let start = 0;
  let floor = startAt;

  function append(change: Change): void {
    ring.push(change);
    if (ring.length - start <= size) return;
    floor = ring[start]?.version ?? floor;
    start += 1;
    if (start < size) return;
    ring = ring.slice(start);
    start = 0;
  }

  /** Index of the first change after `version`. */
  function indexAfter(version: number): number {
    let low = start;
    let high = ring.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ring[middle]?.version ?? Infinity) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    append,
    since: (version) => (version < floor ? 'tooOld' : ring.slice(indexAfter(version))),
    get floor() {
      return floor;
    },
    compact(version) {
      ring = [];
      start = 0;
      floor = version;
    },
  };
}
