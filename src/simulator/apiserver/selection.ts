// What part of a resource a list or watch asks for: namespace, label selector and field selector as one predicate.
import type { Stored } from '../types.ts';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { Served } from './served.ts';

export type Selection = {
  readonly namespace: string | undefined;
  /** The one name that can match, if the field selector says so. */
  readonly name: string | undefined;
  matches(object: Stored): boolean;
};

/** Throws BadRequest for selectors that do not parse or name unsupported fields. */
export function parseSelection(served: Served, namespace: string | undefined, query: URLSearchParams): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', served);
  return {
    namespace,
    name: fields.name,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      labels(object.metadata.labels ?? {}) &&
      fields.matches(object),
  };
}
