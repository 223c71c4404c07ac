// The last lines of the demo: what it came to, in numbers.
import { clean, wrap } from '../terminal/fit.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Leftovers } from './leftovers.ts';
import type { Tally } from './tally.ts';

const LABEL = 13;
const NARROWEST = 60;
const WIDEST = 100;

export function renderSummary(tally: Tally, left: Leftovers, width: number, paint: Paint): string[] {
  const room = Math.max(NARROWEST, Math.min(WIDEST, width)) - LABEL;
  const { unfit, takenBack, podsReplaced } = tally;
  const rows: readonly (readonly [string, string])[] = [
    [
      'switched',
      `${tally.switched} of ${tally.nodes} nodes: kube-proxy answers the new mode and the kernel has its rules`,
    ],
    ['given back', `${unfit.node}, ${seconds(unfit.away)} after its pod was replaced: ${clean(unfit.lastWords)}`],
    [
      'taken back',
      takenBack.length === 0 ? 'none' : `${takenBack.join(', then ')}, because ${unfit.node} could not follow`,
    ],
    ['no Services', darkness(tally.dark)],
    [
      'API requests',
      `${tally.requests} by the operator, ${(tally.requests / Math.max(1, podsReplaced)).toFixed(1)} for each of ${podsReplaced} kube-proxies replaced`,
    ],
    ['left behind', leftBehind(left)],
  ];
  return rows.flatMap(([label, text]) =>
    wrap(text, room, 4).map((line, index) => `${paint('strong', (index === 0 ? label : '').padEnd(LABEL))}${line}`),
  );
}

function darkness(lengths: readonly number[]): string {
  const sorted = lengths.toSorted((a, b) => a - b);
  if (sorted.length === 0) return 'never';
  const at = (share: number): string => seconds(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  const figures = `${at(0)} at least, ${at(0.5)} median, ${at(1)} at most for a node`;
  return `${figures}: kube-proxy deletes the old mode's rules before it writes the new ones, and new connections to Services fail in between`;
}

function leftBehind({ objects, finalizers, changedLines }: Leftovers): string {
  const things = [...objects, ...finalizers.map((name) => `finalizers on ${name}`)];
  const config =
    changedLines === 1
      ? 'the one line of the ConfigMap that says the mode'
      : `${changedLines} changed lines in the ConfigMap`;
  return things.length === 0 ? `nothing, but for ${config}` : `${things.join(', ')}, and ${config}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
