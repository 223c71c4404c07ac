// The recordings are of every phase there is, and of the shape the API has today.
import { expect, it } from 'vitest';
import { migrationSpec, migrationStatus } from '../../src/api/migration.ts';
import { RECORDED } from './recorded.ts';

const phases = migrationStatus.shape.phase.unwrap().options;

it('every phase is recorded, under its name', () => {
  for (const phase of phases) expect(RECORDED.get(phase)?.status?.phase).toBe(phase);
});

it.each([...RECORDED])('%s has the shape the API has today', (_name, { spec, status }) => {
  expect(migrationSpec.strict().safeParse(spec).error).toBeUndefined();
  if (status !== undefined) expect(migrationStatus.strict().safeParse(status).error).toBeUndefined();
});
