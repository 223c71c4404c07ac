// The records of a migration as nodes to be drawn: by zone, then as people count.
import type { NodeMigration } from '../../api/kinds.ts';
import type { NodeView } from '../../terminal/node-view.ts';

const inOrder = new Intl.Collator('en', { numeric: true });

/** Nodes outside the selection are left out until something happens to them, as the counts leave them out. */
export function nodeViews(records: readonly NodeMigration[], zones: ReadonlyMap<string, string>): readonly NodeView[] {
  return records
    .filter(({ status }) => status?.reason !== 'NotSelected')
    .map(({ spec, status }) => ({
      name: spec.nodeName,
      zone: zones.get(spec.nodeName) ?? '',
      phase: status?.phase,
      mode: status?.mode,
    }))
    .toSorted((a, b) => inOrder.compare(a.zone, b.zone) || inOrder.compare(a.name, b.name));
}
