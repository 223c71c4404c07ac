// What is said about a row below the table: the observed values and the fixes, each once, however many modes and nodes it is for.
import type { ProxyMode } from '../../../api/fields.ts';
import type { AssessedFinding, AssessedMessage, Assessment, NodeGroup } from '../assessment.ts';

export type Advice = {
  /** The mode the words are about. */
  readonly shown: ProxyMode;
  /** Other modes for which the same is said, each with its own name where the words have one. */
  readonly alike: readonly ProxyMode[];
  /** The words name the mode. */
  readonly named: boolean;
  /** What was observed, where it differs from node to node. */
  readonly observed: readonly Observed[];
  readonly fix: string | undefined;
  /** The node the fix names, when there are others that need the same with their names. */
  readonly fixFor: string | undefined;
};

/** `where` is empty for something about the cluster. */
export type Observed = { readonly where: string; readonly message: string; readonly nodes: readonly string[] };

/** What has one and the same fix is one advice, however many things were observed. */
export function adviceOf(findings: readonly AssessedFinding[], groups: readonly NodeGroup[]): readonly Advice[] {
  const perTarget = findings.flatMap(({ target, messages }) =>
    [...Map.groupBy(messages, withoutNode).values()].map((same) => ({ target, same })),
  );
  const alike = Map.groupBy(perTarget, ({ target, same }) =>
    nameless(JSON.stringify(same.map(({ message, fix, nodes }) => [message, fix, nodes])), target),
  );
  return [...alike.values()].flatMap((all) => {
    const last = all.at(-1);
    const first = last?.same[0];
    if (last === undefined || first === undefined) return [];
    const { target: shown, same } = last;
    return [
      {
        shown,
        alike: all.slice(0, -1).map(({ target }) => target),
        named: names([...same.map(({ message }) => message), first.fix ?? ''].join('\n'), shown),
        observed: observations(same, groups),
        fix: first.fix,
        fixFor: same.some(({ fix }) => fix !== first.fix) ? first.nodes[0] : undefined,
      },
    ];
  });
}

/** The fix, without the name of the one node it is for. */
function withoutNode({ fix = '', nodes }: AssessedMessage): string {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) return fix;
  return fix.replaceAll(new RegExp(String.raw`(?<![\w-])${escaped(node)}(?![\w-])`, 'g'), '<node>');
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w-]/g, String.raw`\$&`);
}

/** The same words of several nodes, once. */
function observations(messages: readonly AssessedMessage[], groups: readonly NodeGroup[]): readonly Observed[] {
  return [...Map.groupBy(messages, ({ message }) => message)].map(([message, same]) => {
    const nodes = same.flatMap((one) => one.nodes);
    return { message, nodes, where: placesOf(nodes, groups) };
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

export function forNode(node: string): string {
  return `for node ${node}; for the others the same with their names`;
}

const NAMED = 3;

/** Whole groups by their letter, others by names. */
function placesOf(nodes: readonly string[], groups: readonly NodeGroup[]): string {
  const hit = new Set(nodes);
  const linux = groups.filter(({ os }) => os === 'linux');
  if (linux.length > 1 && linux.every((group) => group.nodes.every((name) => hit.has(name)))) return 'all nodes';
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
