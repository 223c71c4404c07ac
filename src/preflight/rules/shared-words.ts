// How lists look in messages.

/** `a, b, c and 4 more`. */
export function few(names: readonly string[], most = 5): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return names.slice(0, most).join(', ') + more;
}

/** `1 Service (default/web)`, `12 Services (default/web, default/api … and 7 more)`. */
export function counted(noun: string, names: readonly string[], most = 5): string {
  return `${names.length} ${noun}${names.length === 1 ? '' : 's'} (${few(names, most)})`;
}
