// A trace's end in words.
import { listed, percent } from '../compare/finding.ts';
import type { Ending } from '../walk/packet.ts';
import type { Trace } from './trace.ts';

const SHOWN = 6;

/** Where it would end. */
export function endSentence({ endings, steps }: Pick<Trace, 'endings' | 'steps'>): string {
  const reached = endings.filter((ending) => ending.kind === 'endpoint');
  const others = endings.filter((ending) => ending.kind !== 'endpoint').map((ending) => elsewhere(ending, steps));
  const first = reached.length === 0 ? [] : [reachedSentence(reached)];
  return [...first, ...others].join(' ');
}

type Reached = Extract<Ending, { readonly kind: 'endpoint' }>;

function reachedSentence(reached: readonly Reached[]): string {
  const [first] = reached;
  const even = reached.every(({ share }) => Math.abs(share - (first?.share ?? 0)) < 0.001);
  const names = even ? reached.map(({ at }) => at) : reached.map(({ at, share }) => `${at} (${percent(share)})`);
  const each = even && reached.length > 1 ? `, ${percent(first?.share ?? 0)} each` : '';
  const masked = reached.filter(({ masquerade }) => masquerade).length;
  const source =
    masked === 0
      ? "which sees the client's own address"
      : masked === reached.length
        ? "which sees the node's address as its client"
        : 'of which some see the node instead of the client';
  const kept =
    first?.affinitySeconds === undefined
      ? ''
      : `; the client comes back to the same one for ${first.affinitySeconds} s`;
  return `Ends at ${listed(names, SHOWN)}${each}, ${source}${kept}.`;
}

function elsewhere(ending: Exclude<Ending, Reached>, steps: Trace['steps']): string {
  const part = ending.share > 0.995 ? '' : `In ${percent(ending.share)} of the cases: `;
  if (ending.kind !== 'untranslated')
    return `${part}${ending.kind === 'rejected' ? 'Rejected' : 'Dropped'} in ${ending.where}.`;
  const last = steps.findLast(({ stage }) => stage === 'destination');
  const met = last === undefined ? 'It meets no rule of Services at all' : `The last rule it meets is in ${last.where}`;
  return `${part}Goes on as it came: no rule leads it to an endpoint. ${met}.`;
}

/** What is wrong with that; undefined when it is as it should be. */
export function wrongSentence({ remarks }: Pick<Trace, 'remarks'>): string | undefined {
  return remarks.length === 0 ? undefined : `Wrong: it ${remarks.map(({ text }) => text).join('; and it ')}.`;
}
