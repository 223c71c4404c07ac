// Rules about nodes ask the same thing of the same list once per node: with thousands of both, it is worked out once.

/** `make` is called once for each object; what it made lives as long as the object. It must depend on nothing else. */
export function oncePer<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}
