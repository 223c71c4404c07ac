// How values.yaml is read: comments become descriptions, `@schema` lines rules, sections tables.
import { expect, it } from 'vitest';
import { readValues } from '../../charts/values-file.ts';
import { schemaText } from '../../charts/values-schema.ts';
import { withTables } from '../../charts/values-table.ts';

const TEXT = `# About the file.

# Section: First

# How many,
# in words.
# @schema minimum: 1
count: 2

# Section: Second

door:
  # Whether it is open.
  open: true
  # Who may pass.
  # @schema additionalProperties: {type: string}
  guests: { a: b }
`;

it('takes the comment above a value for its description, and @schema lines for its rules', () => {
  const [count, door] = readValues(TEXT);
  expect(count).toMatchObject({
    path: ['count'],
    description: 'How many, in words.',
    schema: { minimum: 1 },
    section: 'First',
    fallback: 2,
  });
  expect(door).toMatchObject({ section: 'Second', description: '' });
  expect(door?.inner.map(({ path, description }) => [path.join('.'), description])).toEqual([
    ['door.open', 'Whether it is open.'],
    ['door.guests', 'Who may pass.'],
  ]);
});

it('closes every object but those that may hold anything', () => {
  expect(JSON.parse(schemaText(readValues(TEXT)))).toMatchObject({
    additionalProperties: false,
    properties: {
      count: { type: 'integer', minimum: 1 },
      door: {
        additionalProperties: false,
        properties: { open: { type: 'boolean' }, guests: { additionalProperties: { type: 'string' } } },
      },
    },
  });
});

it('makes one table for each section, between the marks, and the same again the next time', () => {
  const marks = ['<!-- values: generated from values.yaml by `npm run generate` -->', '<!-- end of values -->'];
  const once = withTables(`before\n${marks.join('\nold\n')}\nafter`, readValues(TEXT));
  expect(once).toContain('### First\n\n| value | what it does | default |');
  expect(once).toContain('| `door.guests` | Who may pass. | `{"a":"b"}` |');
  expect(once).toMatch(/^before\n[^]*\nafter$/);
  expect(once).not.toContain('old');
  expect(withTables(once, readValues(TEXT))).toBe(once);
});

it('refuses a value that nobody describes', () => {
  expect(() => readValues('a: 1\n')).toThrow('does not say what a is');
});
