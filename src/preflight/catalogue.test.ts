// The catalogue that was written down and the rules that exist, both ways.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REPORT_FIRST } from './catalogue-order.ts';
import { CATALOGUE } from './catalogue.ts';

const written = readFileSync(new URL('fixtures/catalogue-ids.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^[0-9]/.test(line));
const coded = CATALOGUE.map(({ section, id }) => `${section} ${id}`);
const ids = CATALOGUE.map(({ id }) => id);

describe('the catalogue', () => {
  it('has a rule for every id that was written down', () => {
    expect(written.filter((line) => !coded.includes(line))).toEqual([]);
  });

  it('has no rule beyond that', () => {
    expect(coded.filter((line) => !written.includes(line))).toEqual([]);
  });

  it('is sorted by section and names no rule twice', () => {
    const sections = CATALOGUE.map(({ section }) => section);
    expect(sections).toEqual(sections.toSorted((a, b) => a - b));
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('has one file and one test a rule, both called by its id', () => {
    const files = readdirSync(new URL('rules/', import.meta.url)).filter((name) => !name.startsWith('shared-'));
    expect(files.toSorted()).toEqual(ids.flatMap((id) => [`${id}.test.ts`, `${id}.ts`]).toSorted());
  });

  it('reports first what exists', () => {
    const all = written.map((line) => line.split(' ')[1]);
    expect(REPORT_FIRST.flat().filter((id) => !all.includes(id))).toEqual([]);
  });

  it.each(CATALOGUE.map((rule) => [rule.id, rule] as const))(
    '%s says what it asks, for which target, and why',
    (_, rule) => {
      expect(rule.title).toMatch(/^\S.*[^.\s]$/);
      expect(rule.source).toMatch(/\S/);
      expect(Object.keys(rule.verdicts).length).toBeGreaterThan(0);
    },
  );
});
