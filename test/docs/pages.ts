// The pages under docs/ and their fenced blocks. What a test has to know of a block is in HTML comments above it, which readers do not see:
//   <!-- test: skip: why -->      it is not run
//   <!-- test: exit 3 -->         what its commands of the plugin end with, if not with 0
//   <!-- test: given Failed -->   the phase a migration has before it (played from the start, for this block alone)
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** By path in the repository. zero-dark.md is measured on the lab, gitops/ has tests of its own. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  globSync('docs/**/*.md', { cwd: ROOT })
    .filter((page) => page !== 'docs/zero-dark.md' && !page.startsWith('docs/gitops/'))
    .toSorted()
    .map((page) => [page, read(page)]),
);

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

export function pageOf(path: string): string {
  const text = PAGES.get(path);
  if (text === undefined) throw new Error(`there is no page ${path}`);
  return text;
}

export type Block = {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Why it is not run. */
  readonly skip?: string;
  readonly exit: number;
  /** How many marks it has. */
  readonly marked: number;
  readonly given?: string;
};

const FENCED = /^((?:<!-- test: .* -->\n\n)*)```(.*)\n([^]*?)^```$/gm;

export function blocksOf(page: string): readonly Block[] {
  const text = pageOf(page);
  return Array.from(text.matchAll(FENCED), ({ index, 1: marks = '', 2: language = '', 3: body = '' }) => {
    const line = text.slice(0, index + marks.length).split('\n').length;
    const found = Array.from(marks.matchAll(/<!-- test: (.*) -->/g), ([, mark = '']) => readMark(mark));
    return Object.assign({ page, line, language, text: body, exit: 0, marked: found.length }, ...found) as Block;
  });
}

function readMark(mark: string): Partial<Block> {
  const [, verb = '', rest = ''] = /^(skip:|exit|given) (.+)$/.exec(mark) ?? [];
  if (verb === 'skip:') return { skip: rest };
  if (verb === 'exit') return { exit: Number(rest) };
  if (verb === 'given') return { given: rest };
  throw new Error(`no such mark: ${mark}`);
}

export const BLOCKS: readonly Block[] = [...PAGES.keys()].flatMap(blocksOf);

export function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}
