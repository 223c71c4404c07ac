// Field selectors: `metadata.name=x,spec.nodeName!=y`. Only the labels a resource declares can be selected on; the refusals
// read like the ones of the real server, which differ between built-in kinds.
import { at, text } from './json.ts';
import type { Served } from './served.ts';
import { badRequest } from './status-errors.ts';

type Term = { readonly label: string; readonly equal: boolean; readonly value: string };

export type FieldSelector = {
  matches(object: unknown): boolean;
  /** The value metadata.name must have, when the selector asks for one. */
  readonly name: string | undefined;
};

/** Throws BadRequest when the syntax is wrong or the resource does not support a label. */
export function parseFieldSelector(selector: string, served: Served): FieldSelector {
  const terms = splitTerms(selector).map(parseTerm);
  const tests = terms.map((term) => ({ ...term, path: pathOf(term.label, served) }));
  return {
    // Missing fields compare as the empty string, booleans and numbers as their text.
    matches: (object) => tests.every(({ path, equal, value }) => (text(at(object, ...path)) === value) === equal),
    name: terms.find((term) => term.equal && term.label === 'metadata.name')?.value,
  };
}

/** At commas that are not escaped with a backslash. */
function splitTerms(selector: string): readonly string[] {
  return selector.split(/(?<!\\),/).filter((part) => part !== '');
}

function parseTerm(term: string): Term {
  const match = /^(?<label>[^=!]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(term)?.groups;
  if (match === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const value = (match['value'] ?? '').replaceAll(/\\([,=\\])/g, '$1');
  return { label: match['label'] ?? '', equal: match['operator'] !== '!=', value };
}

function pathOf(label: string, served: Served): readonly string[] {
  const known = served.fieldLabels.find((candidate) => candidate.label === label);
  if (known !== undefined) return known.path;
  const ownConversion = served.fieldLabels.some((candidate) => !candidate.label.startsWith('metadata.'));
  if (served.custom || ownConversion) throw badRequest(`field label not supported: ${label}`);
  // apimachinery's DefaultMetaV1FieldSelectorConversion, used by kinds that register no conversion of their own.
  throw badRequest(`"${label}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
