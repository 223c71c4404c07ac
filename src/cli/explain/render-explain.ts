// One node's record for a person: where it stands, what that means, and every fact it rests on. Pure.
import type { NodeMigration } from '../../api/kinds.ts';
import { harmless } from '../harmless.ts';
import { clean, cut, wrap } from '../../terminal/fit.ts';
import type { NodeView } from '../../terminal/node-view.ts';
import type { Paint } from '../../terminal/paint.ts';
import { lookOf } from '../../terminal/render-node.ts';
import { meaningOf, nodeStory, type Fact } from '../migration/node-story.ts';

const INDENT = 2;
const WIDEST_LABEL = 26;

export type Page = { readonly width: number; readonly paint: Paint };

export function renderExplain(record: NodeMigration, { width, paint }: Page): readonly string[] {
  const { spec, status = {} } = record;
  const { phase = 'Pending', reason } = status;
  const look: NodeView = { name: spec.nodeName, zone: '', phase, mode: status.mode };
  const means = meaningOf(reason);
  return [
    paint('strong', cut(clean(spec.nodeName), width)),
    `${paint(lookOf(look).style, phase)} in ${clean(spec.migration)}, which moves nodes to ${spec.mode}`,
    '',
    ...wrap(clean(status.message ?? 'nothing has been done to it yet'), width, Infinity),
    ...(means === '' ? [] : wrap(`${reason}: ${means}`, width, Infinity).map((line) => paint('quiet', line))),
    ...nodeStory(record).flatMap(({ heading, facts }) => ['', paint('strong', heading), ...factLines(facts, width)]),
  ];
}

function factLines(facts: readonly Fact[], width: number): readonly string[] {
  const column = Math.min(WIDEST_LABEL, Math.max(...facts.map(({ label }) => clean(label).length))) + 2;
  return facts.flatMap(({ label, value, verbatim }) => {
    const name = clean(label);
    const broken = verbatim === true ? [harmless(value)] : wrap(clean(value), width - INDENT - column, Infinity);
    const lines = broken.map((line) => `${' '.repeat(INDENT + column)}${line}`);
    if (name.length >= column) return [`${' '.repeat(INDENT)}${cut(name, width - INDENT)}`, ...lines];
    const [first = '', ...rest] = lines;
    return [`${' '.repeat(INDENT)}${name.padEnd(column)}${first.slice(INDENT + column)}`, ...rest];
  });
}
