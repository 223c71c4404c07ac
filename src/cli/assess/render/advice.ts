// What is said about a row below the table: the observed values and the fixes, each once, however many modes and nodes it is for.
import type { ProxyMode } from '../../../api/fields.ts';
import type { AssessedMessage, Assessment, NodeGroup } from '../assessment.ts';
import type { Row } from './rows.ts';

export type Advice = {
  /** The mode the words are about. */
  readonly shown: ProxyMode;
  /** Other modes for which the same is said, each with its own name where the words have one. */
  readonly alike: readonly ProxyMode[];
  /** The words name the mode. */
  readonly named: boolean;
  /** Empty for something about the cluster. */
  readonly where: string;
  readonly message: string;
  readonly fix: string | undefined;
};

type Said = { readonly target: ProxyMode; readonly said: AssessedMessage };

export function adviceOf({ findings }: Row, groups: readonly NodeGroup[]): readonly Advice[] {
  const all = findings.flatMap(({ target, messages }) => messages.map((said): Said => ({ target, said })));
  const alike = Map.groupBy(all, ({ target, said }) => nameless(`${said.message}\n${said.fix ?? ''}\n${said.nodes.join()}`, target));
  return [...alike.values()].flatMap((same) => {
    const last = same.at(-1);
    if (last === undefined) return [];
    const { message, fix, nodes } = last.said;
    const others = [...new Set(same.map(({ target }) => target))].filter((target) => target !== last.target);
    const named = names(`${message}\n${fix ?? ''}`, last.target);
    return [{ shown: last.target, alike: others, named, where: placesOf(nodes, groups), message, fix }];
  });
}

export type SourceChange = Pick<Advice, 'shown' | 'alike' | 'named'> & { readonly text: string };

/** What to change where the configuration comes from. */
export function sourceChanges(targets: Assessment['targets']): readonly SourceChange[] {
  const changes = targets.flatMap(({ mode, upstream }) => (upstream === null ? [] : [{ mode, upstream }]));
  const alike = Map.groupBy(changes, ({ mode, upstream }) => nameless(upstream, mode));
  return [...alike.values()].flatMap((same) => {
    const last = same.at(-1);
    if (last === undefined) return [];
    const { mode: shown, upstream: text } = last;
    return [{ shown, alike: same.slice(0, -1).map(({ mode }) => mode), named: names(text, shown), text }];
  });
}

/** So that texts that differ in the name of the mode alone are the same. */
function nameless(text: string, mode: ProxyMode): string {
  return text.replaceAll(new RegExp(mode, 'gi'), '<mode>');
}

function names(text: string, mode: ProxyMode): boolean {
  return nameless(text, mode) !== text;
}

/** "for nftables; for iptables and ipvs the same with their names"; '' where it goes without saying among these modes. */
export function forWhich(
  { shown, alike, named }: Pick<Advice, 'shown' | 'alike' | 'named'>,
  modes: readonly ProxyMode[],
): string {
  if (modes.length === 1) return '';
  if (alike.length === 0) return `for ${shown}`;
  if (!named) return alike.length + 1 === modes.length ? '' : `for ${[...alike, shown].join(' and ')}`;
  return `for ${shown}; for ${alike.join(' and ')} the same with ${alike.length === 1 ? 'its name' : 'their names'}`;
}

const NAMED = 3;

/** Whole groups by their letter, others by names. */
function placesOf(nodes: readonly string[], groups: readonly NodeGroup[]): string {
  const hit = new Set(nodes);
  return groups
    .flatMap((group) => {
      const own = group.nodes.filter((name) => hit.has(name));
      if (own.length === 0) return [];
      if (own.length === group.nodes.length) return [`${group.id} (${group.name})`];
      const more = own.length > NAMED ? ` and ${own.length - NAMED} more` : '';
      return [`${own.length} of ${group.id}: ${own.slice(0, NAMED).join(', ')}${more}`];
    })
    .join('; ');
}
