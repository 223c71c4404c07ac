// Spans of time in which something was so: this operator saw the cluster, or asked a process. Patience is measured in
// them, not on the wall clock: what happened while nobody looked is held against nobody.

/** Milliseconds since the epoch, both ends. */
export type Span = { readonly from: number; readonly to: number };

/** Older ones are forgotten: whoever is measured gets more patience by that, never less. */
const KEPT = 32;

/** Adds a span, oldest first; one that follows the last within `gap` (ms) goes on with it. */
export function grown(spans: readonly Span[], { from, to }: Span, gap: number): readonly Span[] {
  const last = spans.at(-1);
  if (last === undefined || from - last.to > gap) return [...spans, { from, to }].slice(-KEPT);
  return [...spans.slice(0, -1), { from: last.from, to: Math.max(last.to, to) }];
}

/** When both were so. */
export function common(these: readonly Span[], those: readonly Span[]): readonly Span[] {
  return these.flatMap((one) =>
    those.flatMap((other) => {
      const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
      return from < to ? [{ from, to }] : [];
    }),
  );
}

/** How long (ms) it was so from `since` on. */
export function lengthSince(spans: readonly Span[], since: number): number {
  return spans.reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from, since)), 0);
}
