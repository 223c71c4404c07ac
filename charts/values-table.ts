// The table of values in the chart's README, one for each section of values.yaml.
import type { Value } from './values-file.ts';

const BEGIN = '<!-- values: generated from values.yaml by `npm run generate` -->';
const END = '<!-- end of values -->';

/** The README with its tables made anew. Throws when it has no place for them. */
export function withTables(readme: string, values: readonly Value[]): string {
  const [before, rest] = readme.split(BEGIN);
  const [, after] = (rest ?? '').split(END);
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  const sections = Map.groupBy(values, ({ section }) => section ?? 'Values');
  const tables = Array.from(sections, ([name, own]) => `### ${name}\n\n${table(own)}`);
  return `${before}${BEGIN}\n\n${tables.join('\n\n')}\n\n${END}${after}`;
}

function table(values: readonly Value[]): string {
  const rows = values.flatMap(leaves).map((value) => {
    const cells = [code(value.path.join('.')), value.description, code(JSON.stringify(value.fallback))];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| value | what it does | default |', '| --- | --- | --- |', ...rows].join('\n');
}

function leaves(value: Value): readonly Value[] {
  return value.inner.length === 0 ? [value] : value.inner.flatMap(leaves);
}

const code = (text: string): string => `\`${text}\``;
