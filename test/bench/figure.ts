// What a benchmark gives: a number, its unit, and the limit it must keep to.

export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value may be this at most; `undefined` for what is only told. */
  readonly limit: number | undefined;
};

export function isExceeded({ value, limit }: Figure): boolean {
  return limit !== undefined && !(value <= limit);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** One line a figure; the verdict stands at the end of the line. */
export function renderFigures(figures: readonly Figure[]): string[] {
  const rows = figures.map((figure) => [
    figure.name,
    `${shown(figure.value)} ${figure.unit}`.trimEnd(),
    figure.limit === undefined ? '' : `at most ${shown(figure.limit)}`,
    figure.limit === undefined ? '' : isExceeded(figure) ? 'EXCEEDED' : 'ok',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    [row[0]?.padEnd(widths[0] ?? 0), row[1]?.padStart(widths[1] ?? 0), row[2]?.padEnd(widths[2] ?? 0), row[3]]
      .join('   ')
      .trimEnd(),
  );
}

function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });
}
