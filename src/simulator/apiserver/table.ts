// Server-side printing: lists, single objects and watch events as meta.k8s.io/v1 Table, which is what `kubectl get` asks for.
import type { Column, Served } from './served.ts';
import type { Stored } from '../types.ts';

type ListMeta = {
  readonly resourceVersion?: string | undefined;
  readonly continue?: string;
  readonly remainingItemCount?: number;
};

/** How much of each object goes into the rows: `includeObject` of the request. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export type TableOptions = { readonly include: IncludeObject; readonly now: number; readonly metadata: ListMeta };

export function tableOf(served: Served, objects: readonly Stored[], options: TableOptions): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: served.columns.map(definition),
    rows: objects.map((object) => ({
      cells: served.columns.map((column) => column.value(object, options.now) ?? null),
      ...rowObject(object, options.include),
    })),
  };
}

function definition(column: Column): object {
  const { name, type, priority, format = '', description = '' } = column;
  return { name, type, format, description, priority };
}

function rowObject(object: Stored, include: IncludeObject): object {
  switch (include) {
    case 'None':
      return {};
    case 'Object':
      return { object };
    case 'Metadata':
      return { object: partialMetadata(object) };
  }
}

export function partialMetadata(object: Stored): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
