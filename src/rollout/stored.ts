// Whether a status is already stored as it shall be. The API server gives objects back without undefined members, and their
// fields in the order of their names.

/** Both as they would come back from the API. */
export function isAsStored<T extends object>(next: T, stored: T): boolean {
  return asStored(next) === asStored(stored);
}

/** JSON. */
export function asStored(value: object): string {
  return JSON.stringify(value, byName);
}

function byName(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
