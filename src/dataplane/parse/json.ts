// JSON that somebody else wrote, looked at without trust.

export type Json = Readonly<Record<string, unknown>>;

/** What nft prints goes down twelve levels, objects of the API fewer than thirty. */
const DEEPEST = 100;

/** @throws SyntaxError, also for what is so deep that printing it, or going through it, would take more stack than there is. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`more than ${DEEPEST} levels inside each other`);
  return JSON.parse(text);
}

/** Brackets inside strings do not count; what is no JSON is told by who parses it. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length && depth <= DEEPEST; at++) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    else if (quoted) at += sign === '\\' ? 1 : 0;
    else if (sign === '{' || sign === '[') depth++;
    else if (sign === '}' || sign === ']') depth--;
  }
  return depth > DEEPEST;
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list; none when it is no list. */
export function recordsIn(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A number, or a text that is one; NaN otherwise. Number() of an object may throw: it asks the object. */
export function numberIn(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

/** A number or a text, as a text; '' otherwise. */
export function scalarIn(value: unknown): string {
  return typeof value === 'number' ? String(value) : textIn(value);
}
