// Everything the server knows about one resource it serves, built-in or declared by a CRD.
import type { Resource } from 'kopf-ts';
import type { Schema } from './schema.ts';
import type { Stored } from '../types.ts';

/** A field a client may select on, and where its value is. */
export type FieldLabel = { readonly label: string; readonly path: readonly string[] };

/** A column of the server-side printed table, as `kubectl get` shows it. Priority 1 needs `-o wide`. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority: number;
  readonly value: (object: Stored, now: number) => unknown;
};

export type Served = {
  readonly resource: Resource;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Declared by a CRD: pruned, defaulted and validated by its schema, and no strategic merge patch. */
  readonly custom: boolean;
  readonly status: boolean;
  readonly schema: Schema;
  readonly fieldLabels: readonly FieldLabel[];
  readonly columns: readonly Column[];
};

export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
