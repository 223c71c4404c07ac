// What is kept of an object by default: all but managedFields, often half its size and read by nobody here.
import type { KubeObject } from '../types.ts';

export function dropManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
