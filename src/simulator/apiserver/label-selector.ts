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

const KEY = String.raw`[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const VALUE = String.raw`([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?`;
const EXISTS = new RegExp(String.raw`^(?<not>!?)\s*(?<key>${KEY})$`);
const EQUALS = new RegExp(String.raw`^(?<key>${KEY})\s*(?<operator>==?|!=)\s*(?<value>${VALUE})$`);
const SET = new RegExp(String.raw`^(?<key>${KEY})\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$`);

function parseRequirement(text: string): Requirement {
  const exists = EXISTS.exec(text)?.groups;
  if (exists !== undefined) return { kind: exists['not'] === '!' ? 'doesNotExist' : 'exists', key: exists['key'] ?? '' };
  const equals = EQUALS.exec(text)?.groups;
  if (equals !== undefined) {
    return { kind: equals['operator'] === '!=' ? 'notIn' : 'in', key: equals['key'] ?? '', values: [equals['value'] ?? ''] };
  }
  const set = SET.exec(text)?.groups;
  if (set === undefined) throw badRequest(`unable to parse requirement: found '${text}', expected: a label requirement`);
  const values = (set['values'] ?? '').split(',').map((value) => value.trim());
  return { kind: set['operator'] === 'in' ? 'in' : 'notIn', key: set['key'] ?? '', values };
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
