// Label selectors in the API's string syntax: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
import { own } from './json.ts';
import { badRequest } from './status-errors.ts';

export type Labels = Readonly<Record<string, string>>;

type Requirement =
  | { readonly kind: 'in' | 'notIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'exists' | 'doesNotExist'; readonly key: string };

export type LabelSelector = (labels: Labels) => boolean;

/** Throws BadRequest for what the API server could not parse either. */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = splitRequirements(text).map(parseRequirement);
  return (labels) => requirements.every((requirement) => holds(requirement, labels));
}

/** Splits at the commas outside parentheses. */
function splitRequirements(text: string): readonly string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

const KEY = String.raw`([A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?)`;
const VALUE = String.raw`((?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?)`;

/** The forms of a requirement; the captured groups come in order. */
const FORMS: readonly (readonly [RegExp, (...groups: readonly string[]) => Requirement])[] = [
  [new RegExp(`^${KEY}$`), (key = '') => ({ kind: 'exists', key })],
  [new RegExp(String.raw`^!\s*${KEY}$`), (key = '') => ({ kind: 'doesNotExist', key })],
  [new RegExp(String.raw`^${KEY}\s*==?\s*${VALUE}$`), (key = '', value = '') => ({ kind: 'in', key, values: [value] })],
  [
    new RegExp(String.raw`^${KEY}\s*!=\s*${VALUE}$`),
    (key = '', value = '') => ({ kind: 'notIn', key, values: [value] }),
  ],
  [
    new RegExp(String.raw`^${KEY}\s+in\s*\(([^()]*)\)$`),
    (key = '', list = '') => ({ kind: 'in', key, values: listed(list) }),
  ],
  [
    new RegExp(String.raw`^${KEY}\s+notin\s*\(([^()]*)\)$`),
    (key = '', list = '') => ({ kind: 'notIn', key, values: listed(list) }),
  ],
];

function listed(text: string): readonly string[] {
  return text.split(',').map((value) => value.trim());
}

function parseRequirement(text: string): Requirement {
  for (const [form, make] of FORMS) {
    const match = form.exec(text);
    if (match !== null) return make(...match.slice(1));
  }
  throw badRequest(`unable to parse requirement: found '${text}', expected: a label requirement`);
}

/** `notIn` also holds where the label is missing, as in apimachinery's labels.Requirement. */
function holds(requirement: Requirement, labels: Labels): boolean {
  const value = own(labels, requirement.key);
  switch (requirement.kind) {
    case 'exists':
      return value !== undefined;
    case 'doesNotExist':
      return value === undefined;
    case 'in':
      return typeof value === 'string' && requirement.values.includes(value);
    case 'notIn':
      return typeof value !== 'string' || !requirement.values.includes(value);
  }
}
