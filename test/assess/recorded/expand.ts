// Lists that repeat, written once: `repeat: 180` makes 180 of an entry, and in each of its texts stands
//   {n} or {n:3}           its number, from 1 on (from `first` where given), with leading zeros up to three digits
//   {ip:10.0.0.11}         that address, and one more with every entry
//   {net:10.244.1.0/24}    that network, and the next one with every entry

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Repeated<T> = T & { readonly repeat?: number; readonly first?: number };

export function expand<T extends object>(entries: readonly Repeated<T>[]): readonly T[] {
  return entries.flatMap((entry) => {
    const { repeat = 1, first = 1, ...one } = entry;
    return Array.from({ length: repeat }, (_, index) => filled(one as Json, index, first) as T);
  });
}

function filled(value: Json, index: number, first: number): Json {
  if (typeof value === 'string') return fill(value, index, first);
  if (Array.isArray(value)) return value.map((item: Json) => filled(item, index, first));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, index, first)]));
}

function fill(text: string, index: number, first: number): string {
  return text
    .replaceAll(/\{n(?::(\d))?\}/g, (_, width: string | undefined) =>
      String(first + index).padStart(Number(width ?? 0), '0'),
    )
    .replaceAll(/\{ip:([\d.]+)\}/g, (_, address: string) => dotted(number(address) + index))
    .replaceAll(/\{net:([\d.]+)\/(\d+)\}/g, (_, address: string, bits: string) => {
      return `${dotted(number(address) + index * 2 ** (32 - Number(bits)))}/${bits}`;
    });
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
