// Facts that may not have been seen. A rule says what it needs with `given`; what was not seen becomes the rule's answer.

/** `why` ends a sentence: "listing pods is forbidden", "the node was not probed". Without a full stop. */
export type Unseen = { readonly known: false; readonly why: string };
export type Known<T> = { readonly known: true; readonly value: T } | Unseen;

export function known<T>(value: T): Known<T> {
  return { known: true, value };
}

export function unseen(why: string): Unseen {
  return { known: false, why };
}

export function isUnseen(value: unknown): value is Unseen {
  return typeof value === 'object' && value !== null && 'known' in value && value.known === false;
}

type Facts = readonly Known<unknown>[];
type Values<T extends Facts> = { -readonly [K in keyof T]: Extract<T[K], { readonly known: true }>['value'] };

/**
 * `use` with the values when all of them were seen, otherwise what was not seen. Nest it where a fact is needed only if another says so:
 * a cluster without Calico does not care whether FelixConfigurations can be listed.
 */
export function given<const T extends Facts, R>(facts: T, use: (...values: Values<T>) => R): R | Unseen {
  const missing = facts.filter(isUnseen);
  if (missing.length > 0) return unseen([...new Set(missing.map(({ why }) => why))].join('; '));
  return use(...(facts.map((fact) => (fact.known ? fact.value : undefined)) as Values<T>));
}

/** A fact made of others. */
export function derive<const T extends Facts, R>(facts: T, make: (...values: Values<T>) => R): Known<R> {
  return given(facts, (...values) => known(make(...values)));
}

/** A fact made of others that may itself be unseen. */
export function deriveFrom<const T extends Facts, R>(facts: T, make: (...values: Values<T>) => Known<R>): Known<R> {
  return given(facts, make);
}

/** The first that was seen; where none was, the first one's reason. */
export function firstKnown<T>(first: Known<T>, ...others: readonly Known<T>[]): Known<T> {
  return [first, ...others].find((fact) => fact.known) ?? first;
}

/** `undefined` as a value means it is not there; as a fact it may mean that nobody looked. */
export function valueOr<T, U>(fact: Known<T>, fallback: U): T | U {
  return fact.known ? fact.value : fallback;
}

/** `why` is the reason when there is no value. */
export function knownOr<T>(value: T | undefined, why: string): Known<T> {
  return value === undefined ? unseen(why) : known(value);
}
