// A meta.k8s.io/v1 Table as `kubectl get` prints it: upper-case headers, three spaces between columns, no wide columns.

type Cell = string | number | boolean | null;

export type Table = {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly { readonly cells: readonly Cell[] }[] | null;
};

const GAP = 3;

export function renderTable({ columnDefinitions, rows }: Table): string[] {
  const shown = columnDefinitions.flatMap(({ name, priority = 0 }, index) =>
    priority === 0 ? [{ name: name.toUpperCase(), index }] : [],
  );
  const lines = [
    shown.map(({ name }) => name),
    ...(rows ?? []).map(({ cells }) => shown.map(({ index }) => text(cells[index]))),
  ];
  const widths = shown.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)) + GAP);
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('')
      .trimEnd(),
  );
}

/** A cell is null where a column's path leads to nothing; kubectl leaves it blank. */
function text(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell).replaceAll(/\s+/g, ' ');
}
