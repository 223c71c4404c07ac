// What the API server makes up itself: UIDs, generated names and timestamps. Random numbers come in as an argument so that
// a run can be repeated.

/** A number in [0, 1). */
export type Random = () => number;

const HEX = '0123456789abcdef';
// The letters k8s.io/apimachinery pkg/util/rand uses: no vowels, so that no words come out.
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

function pick(alphabet: string, length: number, random: Random): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
}

/** An RFC 4122 version 4 UUID. */
export function newUid(random: Random): string {
  const hex = pick(HEX, 30, random);
  const variant = '89ab'[Math.floor(random() * 4)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18)}`;
}

/** `generateName` plus five letters; the prefix is cut so that the name stays within 63 characters. */
export function generateName(prefix: string, random: Random): string {
  return prefix.slice(0, 58) + pick(SAFE, 5, random);
}

/** metav1.Time: RFC 3339 in whole seconds. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
