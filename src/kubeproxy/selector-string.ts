// A LabelSelector in the string form that list and watch requests take.
import type { LabelSelectorFacts } from './daemon-set-facts.ts';

/** '' selects everything, as in the API. Requirements are sorted, so equal selectors give equal strings. */
export function selectorString(selector: LabelSelectorFacts | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.toSorted().join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.toSorted().join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        throw new TypeError(`unknown label selector operator ${operator}`);
    }
  });
  return [...labels.toSorted(), ...expressions.toSorted()].join(',');
}
