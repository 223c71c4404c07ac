// Whether an object falls under a Selection, by the API's own selector syntax. Used to know which caches will hear of
// an object we wrote: a wrong "no" would let a handler see a stale cache, a wrong "yes" costs a time-out and a GET.
import type { KubeObject, Selection } from '../types.ts';

const SET_TERM = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY_TERM = /^([^\s!=,()]+)\s*(==|=|!=)\s*(\S*)$/;

export function isSelected(object: KubeObject, selection: Selection): boolean {
  const { namespace, labelSelector, fieldSelector } = selection;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  const labels = object.metadata.labels ?? {};
  if (!splitTerms(labelSelector).every((term) => matchesLabelTerm(labels, term))) return false;
  return splitTerms(fieldSelector).every((term) => matchesFieldTerm(object, term));
}

/** Splits at commas outside parentheses. */
function splitTerms(selector: string | undefined): readonly string[] {
  if (selector === undefined) return [];
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

function matchesLabelTerm(labels: Readonly<Record<string, string>>, term: string): boolean {
  const set = SET_TERM.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const value = labels[key];
    const listed = value !== undefined && list.split(',').some((entry) => entry.trim() === value);
    return operator === 'in' ? listed : !listed;
  }
  const equality = EQUALITY_TERM.exec(term);
  if (equality !== null) {
    const [, key = '', operator, value] = equality;
    return operator === '!=' ? labels[key] !== value : labels[key] === value;
  }
  return term.startsWith('!') ? labels[term.slice(1).trim()] === undefined : labels[term] !== undefined;
}

/** Field selectors name a path in the object; an absent field counts as the empty string. */
function matchesFieldTerm(object: KubeObject, term: string): boolean {
  const equality = EQUALITY_TERM.exec(term);
  if (equality === null) return true;
  const [, path = '', operator, value = ''] = equality;
  const actual = fieldAt(object, path);
  return operator === '!=' ? actual !== value : actual === value;
}

function fieldAt(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
