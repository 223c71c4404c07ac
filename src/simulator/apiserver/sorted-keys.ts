// The keys of a collection in etcd's order, kept sorted while objects come and go: lists are read far more often than they
// change, and thousands of objects come at once.

export type SortedKeys = {
  add(key: string): void;
  remove(key: string): void;
  all(): readonly string[];
  /** All that begin with the prefix. */
  startingWith(prefix: string): readonly string[];
};

export function createSortedKeys(): SortedKeys {
  const keys: string[] = [];

  /** The index of the first key that is not before `key`. */
  function lowerBound(key: string): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(key) {
      const index = lowerBound(key);
      if (keys[index] !== key) keys.splice(index, 0, key);
    },
    remove(key) {
      const index = lowerBound(key);
      if (keys[index] === key) keys.splice(index, 1);
    },
    all: () => keys.slice(),
    startingWith: (prefix) => keys.slice(lowerBound(prefix), lowerBound(`${prefix}\uffff`)),
  };
}
