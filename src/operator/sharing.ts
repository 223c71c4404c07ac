// Nodes of one pool are alike: what is the same on thousands of them is kept once.

/** Returns a function that gives, for each field, the first equal value it has seen. Objects with Sets or Maps are left as they are. */
export function sharing<T extends object>(): (facts: T) => T {
  const known = new Map<string, unknown>();
  return (facts) => {
    const entries = Object.entries(facts).map(([field, value]) => {
      const text = plainText(value);
      if (text === undefined) return [field, value];
      const key = `${field} ${text}`;
      const same = known.get(key);
      if (same === undefined) known.set(key, value);
      return [field, same ?? value];
    });
    return Object.fromEntries(entries) as T;
  };
}

/** undefined where JSON would not tell all. */
function plainText(value: unknown): string | undefined {
  let isPlain = true;
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Set || inner instanceof Map || typeof inner === 'function') isPlain = false;
    return inner;
  });
  return isPlain ? text : undefined;
}
