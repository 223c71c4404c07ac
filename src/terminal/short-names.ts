// Node names made short enough for a column without becoming the same: the names clouds give begin alike
// (aks-pool1-12345678-vmss00000a) or end alike (ip-10-0-1-2.eu-west-1.compute.internal), and differ in between.

/** By name, each of at most `width` columns; undefined where they could then not be told apart. */
export function shortNames(names: readonly string[], width: number): ReadonlyMap<string, string> | undefined {
  const shortened = new Map(names.map((name) => [name, name]));
  for (const step of [withoutEnd, withoutBeginning, withoutMiddle]) {
    if ([...shortened.values()].every((name) => name.length <= width)) break;
    const now = [...shortened.values()];
    for (const [name, short] of shortened) shortened.set(name, step(short, now, width));
  }
  return new Set(shortened.values()).size === shortened.size ? shortened : undefined;
}

/** The domain all have. */
function withoutEnd(name: string, all: readonly string[]): string {
  const domain = name.slice(name.indexOf('.'));
  return name.includes('.') && all.every((other) => other.endsWith(domain)) ? name.slice(0, -domain.length) : name;
}

/** What all begin with, up to a dash or a dot. */
function withoutBeginning(name: string, all: readonly string[]): string {
  let same = 0;
  while (same < name.length && all.every((other) => other[same] === name[same])) same++;
  const words = name.slice(0, same).search(/[^.-]*$/);
  return words > 1 && all.length > 1 ? `…${name.slice(words)}` : name;
}

/** What counts nodes stands at the end as a rule. */
function withoutMiddle(name: string, _: readonly string[], width: number): string {
  if (name.length <= width) return name;
  if (width < 2) return '…'.slice(0, width);
  const tail = Math.ceil(((width - 1) * 2) / 3);
  return `${name.slice(0, width - 1 - tail)}…${name.slice(-tail)}`;
}
