// Which migration is meant.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { CommandError } from '../command-error.ts';
import { isOver } from './stand.ts';

/** The one that was named; otherwise the only one there is, or the only one that is not over. Throws CommandError. */
export function chosen(all: readonly ProxyModeMigration[], name: string | undefined): ProxyModeMigration {
  if (name !== undefined) return named(all, name);
  const only = onlyOne(all);
  if (only !== undefined) return only;
  if (all.length === 0) throw new CommandError('there is no ProxyModeMigration in this cluster');
  throw new CommandError(`which migration? There are ${namesOf(all)}`);
}

/** undefined where it is not clear which one is meant. */
export function onlyOne(all: readonly ProxyModeMigration[]): ProxyModeMigration | undefined {
  const open = all.filter((migration) => !isOver(migration));
  return all.length === 1 ? all[0] : open.length === 1 ? open[0] : undefined;
}

/** What people copy from kubectl's own output is a name, too. */
function named(all: readonly ProxyModeMigration[], text: string): ProxyModeMigration {
  const name = text.replace(/^(?:pmm|proxymodemigrations?)(?:\.proxymode\.dev)?\//, '');
  const found = all.find(({ metadata }) => metadata.name === name);
  if (found !== undefined) return found;
  const others = all.length === 0 ? 'there is none in this cluster' : `there are ${namesOf(all)}`;
  throw new CommandError(`there is no ProxyModeMigration ${JSON.stringify(name)}; ${others}`);
}

const SHOWN = 5;

function namesOf(all: readonly ProxyModeMigration[]): string {
  const names = all.map(({ metadata }) => metadata.name).toSorted();
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return names.slice(0, SHOWN).join(', ') + more;
}
